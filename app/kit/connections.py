"""How connections are made and kept: one pool a process, AUTOCOMMIT at the driver, BEGIN said by us where it is wanted.

Left to themselves both drivers open a transaction at the first statement, and SQLAlchemy switches AUTOCOMMIT on and off
around each read. Here a connection stays as it is: reads cost no round trip besides their own (PostgreSQL: BEGIN and
ROLLBACK are two; SQLite: a PRAGMA). What nobody settled is rolled back when the connection returns.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from app.kit import sqlite
from app.kit.driver import say
from config import Config

CONNECT_SECONDS = 2
STATEMENT_SECONDS = 4
# A plan that was made while a table had few rows reads it whole, and is kept by its connection while the table grows.
# Every everyday statement has an index (tests/kit/test_plans.py). Where there is none, jit would compile for nothing.
PLANNING = {"enable_seqscan": "off", "jit": "off"}
READS = "latchkey_reads"
LINE = "latchkey_line"


class Pool(sa.QueuePool):
    """SQLAlchemy's pool, which also lends a connection for one statement on AUTOCOMMIT.

    There is nothing to reset after it, so it goes without the wrapper that sees to that.
    """

    def borrow(self) -> ConnectionPoolEntry:
        """A connection, made or renewed where that is due; `give_back` or `give_up` must follow."""
        entry = self._do_get()
        try:
            connection = cast("Any", entry).get_connection()
            if self.dispatch.checkout:
                self.dispatch.checkout(connection, entry, None)
        except BaseException:
            self._do_return_conn(entry)
            raise
        return entry

    def give_back(self, entry: ConnectionPoolEntry) -> None:
        """Take it back as it is."""
        self._do_return_conn(entry)

    def give_up(self, entry: ConnectionPoolEntry, error: BaseException) -> None:
        """Close it, take its place back, and let no connection as old be used again."""
        self._invalidate(cast("Any", SimpleNamespace(_connection_record=entry)), error, _checkin=False)
        entry.invalidate(error)
        self._do_return_conn(entry)


def engine_options(config: Config) -> dict[str, Any]:
    """What the engine is made with: as many held connections as the worker has threads, and two."""
    return {
        "isolation_level": "AUTOCOMMIT",
        "poolclass": Pool,
        "pool_size": config.web_threads + 2 + bool(config.metrics_bind),
        "max_overflow": 0,
        "pool_timeout": CONNECT_SECONDS,
        "pool_use_lifo": True,  # few connections, and warm ones: each has a cache of its own
        "pool_recycle": 1800,
        "pool_reset_on_return": None,  # both drivers have a cheaper way: see "reset"
        "hide_parameters": True,  # or a failing statement would log what it was to write
        "connect_args": _connect_args(config.database_url),
    }


def init_engine(engine: sa.Engine) -> None:
    """Let every connection of the engine be made as it should be, and begin its transactions aloud."""
    if engine.dialect.name == "sqlite":
        engine.update_execution_options(**{LINE: sqlite.init_engine(engine)})
        is_open = sqlite.is_open
    else:
        postgres = import_module("app.kit.postgres")
        postgres.init_app(engine)
        is_open = postgres.is_open
    sa.event.listen(engine, "reset", _reset_with(engine.dialect, is_open))
    sa.event.listen(engine, "begin", _begin)


def reading(engine: sa.Engine) -> sa.Engine:
    """The engine's other face: the same pool, no BEGIN."""
    return engine.execution_options(**{READS: True})


def take_turn(connection: sa.Connection) -> None:
    """Wait until this connection may write: on SQLite one at a time does."""
    line = connection.get_execution_options().get(LINE)
    if line is not None:
        cast("sqlite.Line", line).enter(connection)


def light(connection: sa.Connection) -> AbstractContextManager[None]:
    """For single writes that need not survive a power cut: SQLite does not wait for the disk."""
    line = connection.get_execution_options().get(LINE)
    return nullcontext() if line is None else cast("sqlite.Line", line).light(connection)


def _connect_args(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"timeout": STATEMENT_SECONDS}
    settings = {"statement_timeout": f"{STATEMENT_SECONDS}s", "timezone": "UTC"} | PLANNING
    return {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": STATEMENT_SECONDS * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def _begin(connection: sa.Connection) -> None:
    """Begin where more is to come than one statement.

    SQLite takes the writer's lock at once: a transaction that upgrades later meets busy errors (1 392 of 1 600).
    """
    options = connection.get_execution_options()
    if options.get(READS):
        return
    take_turn(connection)
    say(connection, "BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")


def _reset_with(dialect: sa.Dialect, is_open: Callable[[Any], bool]) -> Callable[..., None]:
    """Roll back what was left open, and do not ask the driver to where nothing is."""

    def reset(connection: Any, _record: object, _state: object) -> None:
        if is_open(connection):
            dialect.do_rollback(connection)

    return reset
