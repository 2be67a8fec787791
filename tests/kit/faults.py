"""What can go wrong with a database, brought about on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.kit.database import db

ORPHAN = "INSERT INTO user_roles (user_id, role) VALUES ('00000000000070008000000000000000', 'user')"


@contextmanager
def listening(app: Flask, event: str, listener: Callable[..., None]) -> Iterator[None]:
    """Let the listener hear of each such event of the application's engine."""
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, event, listener)
    try:
        yield
    finally:
        sa.event.remove(engine, event, listener)


@contextmanager
def failing(app: Flask, event: str, fault: Exception, *, at: str = "") -> Iterator[None]:
    """Let the database fail at each such event; for statements, at those that contain `at`."""

    def fail(_connection: object, *arguments: Any) -> None:
        if not at or any(at in str(each) for each in arguments):
            raise fault

    with listening(app, event, fail):
        yield


@contextmanager
def refused_commit(app: Flask) -> Iterator[None]:
    """Let the database itself refuse each commit: SQLite for an orphan, PostgreSQL because it was told to hang up."""

    def spoil(connection: sa.Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.exec_driver_sql(ORPHAN)
        else:
            hang_up(connection.engine, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    with listening(app, "commit", spoil):
        yield


def hang_up(engine: sa.Engine, pid: int) -> None:
    """Let PostgreSQL end one of its connections."""
    with sa.create_engine(engine.url, poolclass=sa.NullPool).connect() as other:
        other.execute(sa.select(sa.func.pg_terminate_backend(pid)))
