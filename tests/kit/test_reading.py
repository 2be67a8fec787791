"""GET and HEAD read, and do no more: one statement for the caller, one for the answer, no transaction."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.kit import clock
from app.kit.database import add_new, db, delete_batch, reader, writer
from app.kit.prepared import Prepared
from app.sessions.models import Blocked
from tests.cast import Browser, Service, code
from tests.conftest import MakeApp
from tests.kit.spoken import spoken
from tests.kit.writing import with_writing_routes, write, written

WORDS_OF_TRANSACTIONS = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|START|END)\b", re.IGNORECASE)
BLOCKED = cast("sa.Table", Blocked.__table__)
ROW: dict[str, Any] = {"id": "first", "reason": "logout"}


def _add() -> None:
    db.session.add(Blocked(**ROW, expires_at=clock.now()))


def _flush() -> None:
    _add()
    db.session.flush()


def _change() -> None:
    db.session.execute(sa.update(Blocked).values(reason="expired"))


def _delete_object() -> None:
    db.session.delete(db.session.get_one(Blocked, "there"))


WRITES: dict[str, Callable[[], object]] = {
    "an insert": lambda: write("first"),
    "an insert if new": lambda: add_new(Blocked, ROW | {"expires_at": clock.now()}),
    "an update": _change,
    "a delete": lambda: db.session.execute(sa.delete(Blocked)),
    "a prepared delete": lambda: Prepared(sa.delete(BLOCKED)).on(writer()),
    "a pruning": lambda: delete_batch(Blocked.id, until=Blocked.expires_at, by=clock.now(), batch=10),
    "an object to flush": _flush,
    "an object left to the commit": _add,
    "a deleted object": _delete_object,
    "a changed object": lambda: setattr(db.session.get_one(Blocked, "there"), "reason", "expired"),
    "many rows": lambda: db.session.bulk_insert_mappings(sa.inspect(Blocked), [ROW | {"expires_at": clock.now()}]),
}
RENEWALS = {
    "/auth/refresh": ["INSERT", "SELECT", "UPDATE"],  # the limit, the ring's version, the rotation
    # The caller; the session, its word and its token's (one of eight prunes), the audit.
    "/auth/logout": ["SELECT", "BEGIN", "DELETE", "INSERT", "INSERT", "COMMIT"],
}
TOGETHER = {"/auth/logout": ["SELECT", "WITH"]}  # the same, where one statement may write all
READS: dict[str, tuple[Callable[[Browser | Service], TestResponse], int]] = {
    "me": (lambda who: who.get("/me"), 1),
    "my tasks": (lambda who: who.get("/tasks"), 2),
    "my tasks, searched": (lambda who: who.get("/tasks?status=todo&q=rest&limit=5"), 2),
    "no task": (lambda who: who.get("/tasks/00000000-0000-7000-8000-000000000000"), 2),
    "HEAD": (lambda who: who.request("HEAD", "/tasks"), 2),
    "no path": (lambda who: who.get("/nowhere"), 0),
    "a wrong method": (lambda who: who.delete("/tasks"), 0),
    "OPTIONS": (lambda who: who.request("OPTIONS", "/tasks"), 0),
    "life": (lambda who: who.get("/livez"), 0),
    "problems": (lambda who: who.get("/problems"), 0),
    "the document": (lambda who: who.get("/openapi.json"), 0),
}


def told(statements: list[str]) -> list[str]:
    """The statements without SQLite's switches, which never leave the process."""
    return [each for each in statements if not each.startswith("PRAGMA")]


@pytest.mark.parametrize("writing", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_request_that_reads_cannot_write(make_app: MakeApp, method: str, writing: Callable[[], object]) -> None:
    app = make_app()

    def view() -> dict[str, str]:
        writing()
        return {}

    app.add_url_rule("/read", view_func=view)
    with app.app_context():
        write("there")
        db.session.commit()

    answer = app.test_client().open("/read", method=method)

    assert answer.status_code == 500
    with app.app_context():
        rows = db.session.execute(sa.select(Blocked.id, Blocked.reason)).all()
    assert [tuple(row) for row in rows] == [("there", "logout")]


def test_the_same_writes_are_fine_in_a_post(make_app: MakeApp) -> None:
    app = with_writing_routes(make_app())

    answer = app.test_client().post("/test/succeed")

    assert answer.status_code == 200
    assert written(app) == {"first", "second"}


@pytest.mark.parametrize(("ask", "expected"), READS.values(), ids=READS)
def test_reading_takes_so_many_statements_and_no_transaction(
    robot: Service, tmp_path: Path, ask: Callable[[Browser | Service], TestResponse], expected: int
) -> None:
    with spoken(robot.app, tmp_path) as statements:
        ask(robot)

    assert len(told(statements)) == expected
    assert not [each for each in statements if WORDS_OF_TRANSACTIONS.match(each)]


def test_reading_by_cookie_costs_no_more(alice: Browser, tmp_path: Path) -> None:
    with spoken(alice.app, tmp_path) as statements:
        alice.get("/tasks")

    assert len(told(statements)) == 2


@pytest.mark.parametrize("path", ["/me", "/tasks"])
def test_a_stranger_costs_no_statement(app: Flask, stranger: Browser, tmp_path: Path, path: str) -> None:
    with spoken(app, tmp_path) as statements:
        answer = stranger.get(path)

    assert code(answer) == (401, "credentials_missing")
    assert statements == []


def test_a_write_is_one_transaction_after_the_caller_is_known(app: Flask, robot: Service, tmp_path: Path) -> None:
    with spoken(app, tmp_path) as statements:
        robot.post("/tasks", json={"title": "Rest"})

    caller, begin, insert, commit = told(statements)
    assert begin.startswith("BEGIN IMMEDIATE" if reader_dialect(app) == "sqlite" else "BEGIN")
    assert commit == "COMMIT"
    assert not [each for each in (caller, insert) if WORDS_OF_TRANSACTIONS.match(each)]


@pytest.mark.parametrize(("path", "expected"), RENEWALS.items(), ids=RENEWALS)
def test_renewing_and_leaving_take_so_many_statements(
    make_app: MakeApp, tmp_path: Path, path: str, expected: list[str]
) -> None:
    app = make_app(rate_limits=True)
    robot = Service(app, "robot@example.com").register().log_in()
    token = robot.refresh_token if path == "/auth/refresh" else robot.access_token

    with spoken(app, tmp_path) as statements:
        answer = robot.post(path, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code in {200, 204}
    if reader_dialect(app) == "postgresql":
        expected = TOGETHER.get(path, expected)
    said = [each.split()[0] for each in told(statements)]
    assert said == [word if each != "-" else "-" for word, each in zip(expected, said, strict=True)]


def test_a_refused_write_opens_no_transaction(app: Flask, robot: Service, tmp_path: Path) -> None:
    with spoken(app, tmp_path) as statements:
        answer = robot.post("/tasks", json={})

    assert code(answer) == (422, "validation_failed")
    assert len(told(statements)) == 1


def test_a_login_reads_the_hash_before_its_transaction_begins(app: Flask, robot: Service, tmp_path: Path) -> None:
    with spoken(app, tmp_path) as statements:
        robot.log_in()

    bounds = [bool(WORDS_OF_TRANSACTIONS.match(each)) for each in told(statements)]
    assert not bounds[0]
    assert bounds[-1]
    assert bounds.count(True) == 2


def reader_dialect(app: Flask) -> str:
    """The kind of database."""
    with app.app_context():
        return reader().dialect.name
