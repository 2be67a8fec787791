"""What the database itself says: reach, migrations, clock, promises, connections, encryption, grants."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.doctor import service as doctor
from app.kit import clock, database
from app.kit.database import db
from bench.sockets import free_port
from config import Config
from tests.audit.test_document import APP, RETENTION, application, as_role, granted
from tests.conftest import configured
from tests.doctor.asking import about, set_to
from tests.health.scratch import application_on, scratch_application
from tests.kit.relay import relay
from tests.post import mute_server
from tests.postgres_server import reckless
from tests.services import postgres_database

__all__ = ["granted", "reckless"]  # fixtures
CHECKS = ("database", "schema", "skew", "durability", "connections", "encryption")
POSTGRES = "postgresql+psycopg://postgres@{}/postgres"


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Settings to be given a database."""
    return configured(tmp_path_factory.mktemp("root"))


@pytest.fixture
def own_url() -> Iterator[str]:
    """An empty database on PostgreSQL."""
    with postgres_database(f"latchkey_doctor_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


def test_a_database_as_it_should_be_is_well(app: Flask) -> None:
    assert {check: about(app, check) for check in CHECKS} == {check: {} for check in CHECKS}


def test_a_file_that_does_not_exist_is_fatal_and_is_not_made(base: Config, tmp_path: Path) -> None:
    with application_on(base, f"sqlite:///{tmp_path}/none.db") as app:
        assert about(app, "database") == {"database.absent": "fatal"}
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_refuses_is_fatal_and_what_it_holds_is_not_asked(base: Config) -> None:
    with application_on(base, POSTGRES.format(f"127.0.0.1:{free_port()}")) as app:
        found = {each.id: each.severity for each in doctor.examine(app)}

    assert found["database.away"] == "fatal"
    assert not {each.id for each in doctor.CHECKS if each.stored} & {each.partition(".")[0] for each in found}


@pytest.mark.usefixtures("as_in_production")
def test_a_database_that_says_nothing_is_fatal_in_time(base: Config) -> None:
    begun = monotonic()

    with mute_server() as port, application_on(base, POSTGRES.format(f"127.0.0.1:{port}")) as app:
        found = {each.id: each.severity for each in doctor.examine(app)}

    assert found["database.away"] == "fatal"
    assert monotonic() - begun < doctor.ALL_SECONDS  # 2 s here; a busy machine takes longer


def test_migrations_that_are_missing_are_fatal_and_nothing_else_is_asked(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        with app.app_context():
            upgrade()
            downgrade(revision="-1")
        found = {each.id: each.severity for each in doctor.examine(app)}

    assert found["schema.behind"] == "fatal"
    assert "keys" not in {each.partition(".")[0] for each in found}


def test_a_schema_that_is_newer_is_told(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        with app.app_context():
            upgrade()
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        found = {each.id: each.severity for each in doctor.examine(app)}

    assert found["schema.ahead"] == "warning"
    assert "keys" in {each.partition(".")[0] for each in found}


def test_sqlite_in_production_is_told(app: Flask, config: Config) -> None:
    is_sqlite = config.database_url.startswith("sqlite")

    with set_to(app, config):
        assert about(app, "kind") == ({"kind.sqlite": "note"} if is_sqlite else {})


def test_clocks_that_disagree_are_told(app: Flask, config: Config) -> None:
    is_sqlite = config.database_url.startswith("sqlite")  # it has no clock of its own

    with time_machine.travel(clock.now() + timedelta(seconds=30), tick=True):
        assert about(app, "skew") == ({} if is_sqlite else {"skew.apart": "warning"})


def test_an_answer_that_comes_late_is_no_clock_that_is_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(clock.now(), tick=True) as traveller:

        def read_late(statement: sa.Executable) -> object:
            rows = database.read(statement)
            traveller.shift(8)
            return rows

        monkeypatch.setattr("app.doctor.database.read", read_late)
        assert about(app, "skew") == {}


def test_commits_that_a_power_cut_forgets_are_told(base: Config, own_url: str) -> None:
    with psycopg.connect(own_url.replace("+psycopg", ""), autocommit=True) as boss:
        boss.execute(f"ALTER DATABASE latchkey_doctor_{os.getpid()} SET synchronous_commit = off".encode())

    with application_on(base, own_url) as app:
        assert about(app, "durability") == {"durability.synchronous-commit": "warning"}


def test_a_server_that_a_power_cut_damages_is_fatal(base: Config, reckless: str) -> None:
    with application_on(base, reckless) as app:
        assert about(app, "durability") == {
            "durability.fsync": "fatal",
            "durability.full-page-writes": "fatal",
        }


@pytest.mark.parametrize(("workers", "found"), [(1, {}), (2, {"connections.few": "warning"})])
def test_more_connections_than_the_server_takes_are_told(
    base: Config, reckless: str, workers: int, found: dict[str, str]
) -> None:
    with application_on(base, reckless) as app, set_to(app, base, database_url=reckless, web_concurrency=workers):
        assert about(app, "connections") == found


def test_a_limit_of_the_role_counts_too(granted: str, tmp_path: Path) -> None:
    with psycopg.connect(granted, autocommit=True) as boss, application(tmp_path, as_role(granted, APP)) as serving:
        boss.execute(f"ALTER ROLE {APP}_{os.getpid()} CONNECTION LIMIT 8".encode())
        found = about(serving, "connections")
        boss.execute(f"ALTER ROLE {APP}_{os.getpid()} CONNECTION LIMIT -1".encode())

    assert found == {"connections.few": "warning"}


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("?hostaddr=127.0.0.1&sslmode=disable", {"encryption.none": "warning"}),
        ("?hostaddr=127.0.0.1&sslmode=require", {"encryption.unchecked": "note"}),
    ],
)
def test_a_connection_that_can_be_read_or_answered_by_others_is_told(
    base: Config, reckless: str, way: str, found: dict[str, str]
) -> None:
    url = reckless.replace("127.0.0.1", "db.internal") + way

    with application_on(base, url) as app, set_to(app, base, database_url=url):
        assert about(app, "encryption") == found


def test_a_superuser_who_serves_is_told(app: Flask, config: Config) -> None:
    is_sqlite = config.database_url.startswith("sqlite")

    with set_to(app, config):
        assert about(app, "grants") == ({} if is_sqlite else {"grants.superuser": "warning"})


@pytest.mark.parametrize(
    ("grant", "role", "found"),
    [
        ("", APP, {}),
        ("GRANT DELETE ON audit_events TO {}", APP, {"grants.rewrite": "note"}),
        ("", RETENTION, {"grants.missing": "fatal", "grants.rewrite": "note"}),
    ],
)
def test_a_role_that_may_more_or_less_than_it_needs_is_told(
    granted: str, tmp_path: Path, grant: str, role: str, found: dict[str, str]
) -> None:
    with psycopg.connect(granted) as boss, application(tmp_path, as_role(granted, role)) as app:
        if grant:
            boss.execute(grant.format(f"{role}_{os.getpid()}").encode())
            boss.commit()
        told = about(app, "grants")
        boss.execute(f"REVOKE DELETE ON audit_events FROM {APP}_{os.getpid()}".encode())

    assert told == found


def test_a_database_that_goes_away_meanwhile_leaves_one_thing_unknown(base: Config, own_url: str) -> None:
    with relay() as way, application_on(base, re.sub(r":[0-9]+/", f":{way.port}/", own_url)) as app:
        before = about(app, "kind")
        way.down()

        assert (before, about(app, "durability")) == ({}, {"durability.unknown": "warning"})
