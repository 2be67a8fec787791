"""docs/operations.md is true: each block is run, on both databases, and what it says of a restore is so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.kit.migrations import newest_revision
from tests.cast import API, PASSWORD
from tests.deploy.operating import Machine, settled, shell_blocks
from tests.live.clients import Call, send
from tests.live.load import load
from tests.live.people import Account, Tokens, newcomer
from tests.live.server import Server, serve
from tests.services import postgres_database

NEXT = "9999"
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{next}", "{newest}"


def upgrade():
    with op.batch_alter_table("tasks") as tasks:
        tasks.add_column(sa.Column("colour", sa.String(20), nullable=True))
    op.create_index("ix_tasks_colour", "tasks", ["colour"])
"""
RUN = {
    "Upgrade without anybody noticing": 1,
    "Back up": 2,
    "Restore": 2,
    "Rotate": 2,
    "Revoke everyone now": 1,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """A machine with each kind of database, migrated as an upgrade does it."""
    if request.param == "sqlite":
        yield migrated(settled(tmp_path, f"sqlite:///{tmp_path}/instance/latchkey.db"))
    else:
        with postgres_database(f"latchkey_operated_{os.getpid()}") as url:
            yield migrated(settled(tmp_path, url))


def migrated(machine: Machine) -> Machine:
    """The machine with the schema of its code."""
    assert "(head)" in machine.do("Upgrade without anybody noticing")
    return machine


@contextmanager
def served(machine: Machine) -> Iterator[Server]:
    """What the machine has, served."""
    with serve(machine.settings["DATABASE_URL"], workers=1, threads=2, migrate=False) as server:
        yield server


def backed_up(machine: Machine) -> None:
    """A backup, made while it is served."""
    machine.do("Back up", having="sqlite3" if machine.is_sqlite else "pg_dump")


def restored(machine: Machine) -> None:
    """The backup put in the place of what there is."""
    machine.do("Restore", having="latchkey.backup" if machine.is_sqlite else "pg_restore")


def asked(server: Server, call: Call) -> str:
    """What the server says to a call."""
    return send(server.base_url, call).outcome


def left(account: Account, tokens: Tokens) -> None:
    """Somebody signs out."""
    assert send(account.base_url, tokens.call("POST", "/auth/logout")).status == 204


@pytest.mark.prove
def test_a_restore_brings_back_who_had_left_and_revoking_everyone_cures_it(machine: Machine) -> None:
    with served(machine) as server:
        account = newcomer(server.base_url)
        before = account.sign_in()
        backed_up(machine)
        after = account.sign_in()
        left(account, before)
        left(account, after)
    restored(machine)
    with served(machine) as server:
        uncured = [asked(server, each.call("GET", "/me")) for each in (before, after)]

    machine.do("Revoke everyone now")

    with served(machine) as server:
        cured = [asked(server, each.call("GET", "/me")) for each in (before, after)]
        renewed = [asked(server, each.by_refresh("/auth/refresh")) for each in (before, after)]
        again = Account(server.base_url, account.email).sign_in()
        assert asked(server, again.call("GET", "/me")) == "200"
        assert asked(server, Call("GET", "/readyz")) == "200"
    assert uncured == ["200", "200"]
    assert cured == ["401 token_invalid"] * 2
    assert renewed == ["401 refresh_invalid"] * 2


@pytest.mark.prove
def test_what_was_there_at_the_backup_is_there_again(machine: Machine) -> None:
    with served(machine) as server:
        account = newcomer(server.base_url)
        send(server.base_url, account.sign_in().call("POST", "/tasks", {"title": "Keep me"}))
        backed_up(machine)
        late = newcomer(server.base_url)
    restored(machine)

    with served(machine) as server:
        tokens = Account(server.base_url, account.email).sign_in()
        (task,) = send(server.base_url, tokens.call("GET", "/tasks")).body["items"]
        unknown = {"email": late.email, "password": PASSWORD}
        assert task["title"] == "Keep me"
        assert asked(server, Call("POST", f"{API}/auth/token", json=unknown)) == "401 invalid_credentials"


@pytest.mark.prove
def test_revoking_everyone_counts_at_once_and_everybody_can_come_back(machine: Machine) -> None:
    with served(machine) as server:
        account = newcomer(server.base_url)
        tokens = [account.sign_in()]
        machine.run(".venv/bin/flask keys rotate --now")
        tokens.append(account.sign_in(by_cookie=True))

        said = machine.do("Revoke everyone now")

        assert [line.split()[2] for line in said.splitlines()[-3:]] == ["revoked", "revoked", "active"]
        assert {asked(server, each.call("GET", "/me")) for each in tokens} == {"401 token_invalid"}
        assert {asked(server, each.by_refresh("/auth/refresh")) for each in tokens} == {"401 refresh_invalid"}
        assert asked(server, account.sign_in().call("GET", "/me")) == "200"


@pytest.mark.prove
def test_keys_and_the_secret_rotate_as_the_page_says(machine: Machine) -> None:
    machine.run(".venv/bin/flask keys generate && .venv/bin/flask keys rotate --now")

    by_key = machine.do("Rotate", having="keys generate")
    by_secret = machine.do("Rotate", having="reseal")

    assert sorted(line.split()[2] for line in by_key.splitlines()[-2:]) == ["active", "verifying"]
    assert "2 keys sealed under the present SECRET_KEY" in by_secret


@pytest.mark.prove
def test_the_next_release_migrates_while_this_one_serves_and_nobody_notices(machine: Machine) -> None:
    with served(machine) as server:
        tokens = newcomer(server.base_url).sign_in()
        expand(machine)
        calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", {"title": "Rest"})] * 2

        with load(server.base_url, calls) as answers:
            said = machine.do("Upgrade without anybody noticing")

        ready = send(server.base_url, Call("GET", "/readyz"))
    assert f"{NEXT} (head)" in said
    assert {answer.outcome for answer in answers} == {"200", "201"}
    assert (ready.status, ready.body["status"], ready.body["checks"]["migrations"]) == (200, "degraded", "ahead")


def expand(machine: Machine) -> None:
    """Put a migration of the next release into the checkout, which this release lives with."""
    text = MIGRATION.format(next=NEXT, newest=newest_revision())
    (machine.checkout / "migrations" / "versions" / f"{NEXT}_expand.py").write_text(text)


def test_every_shell_block_of_the_page_is_run() -> None:
    sections = [each.section for each in shell_blocks()]

    assert {name: sections.count(name) for name in sections} == RUN
