"""docs/audit.md: every action with its fields, and grants that hold what they promise."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import ProgrammingError

from app import create_app
from app.audit.models import Action
from app.kit.database import db
from tests.cast import PASSWORD, Browser
from tests.conftest import configured
from tests.house.source import ROOT, sources
from tests.services import POSTGRES, postgres_database, require

DOCUMENT = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<action>[a-z]+\.[a-z-]+)` \| .+? \| (?P<detail>.*?) ?\|$", re.MULTILINE)
TOLD = re.compile(r"Action\.(?P<name>[A-Z_]+)\b[^)]*?\)", re.DOTALL)
APP, RETENTION = "latchkey_app", "latchkey_retention"


def documented() -> dict[str, set[str]]:
    """The actions of the document, and the fields of `detail` of each."""
    return {each["action"]: set(re.findall(r"`(\w+)`", each["detail"])) for each in ROW.finditer(DOCUMENT)}


def test_the_document_lists_every_action_and_no_other() -> None:
    assert list(documented()) == [str(action) for action in Action]


def test_every_action_is_told_somewhere() -> None:
    said = "\n".join(each.text for each in sources("app") if each.name != "app/audit/models.py")

    assert {action.name for action in Action} - {each["name"] for each in TOLD.finditer(said)} == set()


def grants() -> str:
    """The document's SQL, for roles of this run."""
    (block,) = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
    return re.sub(r"\b(latchkey_\w+)", rf"\1_{os.getpid()}", block)


def as_role(url: str, role: str) -> str:
    """The URL by which that role connects."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}_{os.getpid()}:x@{parts.netloc.rpartition('@')[2]}").geturl()


@contextmanager
def roles() -> Iterator[None]:
    """The document's roles, until the block ends; nothing may belong to them by then."""
    names = [f"{role}_{os.getpid()}" for role in (APP, RETENTION)]
    with psycopg.connect(POSTGRES, autocommit=True) as boss:
        for name in names:
            boss.execute(f"DROP ROLE IF EXISTS {name}".encode())  # of a run that was aborted
            boss.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'".encode())
        try:
            yield
        finally:
            for name in names:
                boss.execute(f"DROP ROLE {name}".encode())


@contextmanager
def application(root: Path, url: str) -> Iterator[Flask]:
    """The application on this database, until the block ends."""
    app = create_app(configured(root, database_url=url.replace("postgresql://", "postgresql+psycopg://")))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database under the documented grants, as its owner reaches it."""
    root = tmp_path_factory.mktemp("owner")
    require(POSTGRES, cure="start PostgreSQL")
    with roles(), postgres_database(f"latchkey_granted_{os.getpid()}") as url:
        with application(root, url) as app, app.app_context():
            upgrade()
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(grants().encode())
            owner.execute(grants().encode())  # again, as after a migration
        yield url


@pytest.fixture
def served(granted: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, served by the role that may not rewrite."""
    with application(tmp_path, as_role(granted, APP)) as app:
        yield app


def test_under_the_grants_the_application_works(served: Flask) -> None:
    alice = Browser(served, "alice@example.com").register().log_in()
    answers = [
        alice.refresh(),
        alice.post("/tasks", json={"title": "Rest"}),
        alice.post("/auth/login", json={"email": alice.email, "password": "wrong"}),
        alice.post("/me/password", json={"current_password": PASSWORD, "new_password": "nine paper boats at sea"}),
        alice.get("/me/security-events"),
        alice.get("/me/export"),
        alice.delete("/me", json={"password": "nine paper boats at sea"}),
        served.test_client().get("/readyz"),
    ]

    assert [each.status_code for each in answers] == [200, 201, 401, 204, 200, 200, 204, 200]
    assert served.test_cli_runner().invoke(args=["sessions", "prune"]).exit_code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'user.renamed'",
        "UPDATE audit_events SET ip = NULL",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "DROP TABLE audit_events",
        "ALTER TABLE audit_events ADD COLUMN more integer",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_under_the_grants_nobody_who_serves_rewrites_what_happened(served: Flask, statement: str) -> None:
    with served.app_context(), pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        db.session.execute(sa.text(statement))
    with served.app_context():
        db.session.rollback()


def test_under_the_grants_the_application_cannot_prune_events(served: Flask) -> None:
    result = served.test_cli_runner().invoke(args=["audit", "prune", "--older-than", "1s"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert "permission denied" in result.stderr


def test_under_the_grants_retention_deletes_events_and_reads_nothing_else(granted: str, tmp_path: Path) -> None:
    with application(tmp_path, as_role(granted, RETENTION)) as app:
        result = app.test_cli_runner().invoke(args=["audit", "prune", "--older-than", "3650d"])
        with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(sa.text("SELECT email FROM users"))

    assert (result.exit_code, result.stdout) == (0, "0\n")
