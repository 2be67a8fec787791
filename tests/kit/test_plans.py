"""No statement of an everyday request reads a whole table that grows: each finds its rows by an index."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit import limits, pruning
from app.kit.database import Model, db, transaction
from app.recovery import tokens
from app.sessions import service as sessions
from app.users import networks, pending
from tests.cast import PASSWORD, Browser, Service
from tests.conftest import MakeApp

Statement = tuple[str, Any]
SMALL = {"key_ring", "signing_keys"}  # one row, and a handful
READ_WHOLE = re.compile(r"(?:Seq Scan on|SCAN(?: TABLE)?) (\w+)")
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def _two_pages(who: Service) -> None:
    first = who.get("/tasks?limit=1").get_json()
    who.get(f"/tasks?limit=1&cursor={first['next_cursor']}")


def _change_and_remove_a_task(who: Service) -> None:
    path = f"/tasks/{who.get('/tasks').get_json()['items'][0]['id']}"
    assert who.patch(path, json={"title": "Work"}).status_code == 200
    assert who.delete(path).status_code == 204


def _prune(who: Service) -> None:
    with who.app.app_context():
        limits.prune(20)
        with transaction():
            for each in (sessions, networks, pending, tokens):
                each.prune(20)


EVERYDAY: dict[str, Callable[[Service], object]] = {
    "me": lambda who: who.get("/me"),
    "tasks": _two_pages,
    "a search": lambda who: who.get("/tasks?q=rest&status=todo"),
    "a task": _change_and_remove_a_task,
    "logins, of which one prunes": lambda who: [who.log_in() for _ in range(pruning.WRITES)],
    "a wrong password": lambda who: who.post("/auth/token", json={"email": who.email, "password": "not this one"}),
    "refresh": lambda who: who.refresh(),
    "refresh, repeated": lambda who: [who.refresh(who.refresh_token) for _ in range(2)],
    "logouts, of which one prunes": lambda who: [who.log_in().post("/auth/logout") for _ in range(pruning.WRITES)],
    "my sessions": lambda who: who.get("/me/sessions"),
    "my history": lambda who: who.get("/me/security-events?limit=1"),
    "step-up": lambda who: who.post("/auth/step-up", json={"password": PASSWORD}),
    "logout everywhere": lambda who: who.delete("/me/sessions"),
    "what is over": _prune,
}


@contextmanager
def overheard(app: Flask) -> Iterator[list[Statement]]:
    """The statements that the application's drivers are given inside the block, with their values."""
    said: list[Statement] = []

    def overhear(connection: Any, *_: object) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(lambda text: said.append((text, ())))  # SQLite tells the values, too
        else:
            connection.cursor_factory = _overhearing(said)

    with app.app_context():
        engine = db.engine
    engine.dispose()  # a connection keeps its cursors
    sa.event.listen(engine, "checkout", overhear)
    try:
        yield said
    finally:
        sa.event.remove(engine, "checkout", overhear)


def _overhearing(said: list[Statement]) -> type[Any]:
    plain: Any = import_module("psycopg").Cursor

    class Cursor(plain):  # type: ignore[misc]  # known only where the driver is
        """Notes what it is given."""

        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            """Note it, and execute it."""
            said.append((str(query), params))
            return super().execute(query, params, **options)

    return Cursor


def plan(connection: sa.Connection, statement: Statement) -> str:
    """How the database goes about it, in its words, on a connection like every other of the application."""
    text, values = statement
    if connection.dialect.name == "sqlite":
        return "\n".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {text}", values))


@pytest.mark.parametrize("ask", EVERYDAY.values(), ids=EVERYDAY)
def test_rows_are_found_by_an_index(make_app: MakeApp, ask: Callable[[Service], object]) -> None:
    app = make_app(rate_limits=True)
    who = Service(app, "robot@example.com").register().log_in()
    for title in ("Rest", "Work"):
        who.post("/tasks", json={"title": title})

    with overheard(app) as said:
        ask(who)

    planned = [each for each in said if each[0].lstrip().upper().startswith(PLANNED)]
    growing = set(Model.metadata.tables) - SMALL
    with app.app_context(), db.engine.begin() as connection:
        plans = {each[0]: plan(connection, each) for each in planned}
    assert planned
    assert {text: found for text, found in plans.items() if growing.intersection(READ_WHOLE.findall(found))} == {}


def test_a_table_that_is_read_whole_is_noticed(alice: Browser) -> None:
    with alice.app.app_context(), db.engine.begin() as connection:
        found = plan(connection, ("SELECT * FROM users WHERE name = 'Alice'", None))

    assert READ_WHOLE.findall(found) == ["users"]
