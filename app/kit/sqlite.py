"""SQLite's own: how every connection is set up, one writer at a time in a process, and writes that cost no sync.

SQLite has one writer. Whoever finds it busy sleeps and asks again, up to 100 ms later, while others overtake: under
load the unlucky wait for long. So threads of one process stand in line at a lock; between processes SQLite decides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import sqlalchemy as sa

PATIENCE = 4  # seconds, as many as SQLite itself waits
CACHE_KIB = 512  # of each connection; the rest is the operating system's, once for all of them
WRITING = "latchkey_writing"


class Line:
    """Where the writers of a process stand in line. A turn ends with a commit, or when the connection goes back."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._turn = Lock()

    def enter(self, connection: sa.Connection) -> None:
        """Wait for the turn, unless it is this connection's already.

        Raises:
            OperationalError: it did not come.
        """
        if connection.info.get(WRITING):
            return
        if not self._turn.acquire(timeout=PATIENCE):
            raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, TimeoutError("Another thread writes."))
        connection.info[WRITING] = True

    def leave(self, connection: Any) -> None:
        """End the turn, if it was this connection's."""
        if connection.info.pop(WRITING, False):
            self._turn.release()

    @contextmanager
    def light(self, connection: sa.Connection) -> Iterator[None]:
        """Wait for the turn; what is written inside survives the end of the process, but perhaps not a power cut."""
        self.enter(connection)
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver.execute("PRAGMA synchronous=FULL")


def init_engine(engine: sa.Engine) -> Line:
    """Set every connection of the engine up; the line of its writers."""
    line = Line()
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "checkin", lambda _connection, record: line.leave(record))
    keep = engine.dialect.do_commit

    def commit(connection: Any) -> None:
        keep(connection)
        line.leave(connection)

    engine.dialect.do_commit = commit  # type: ignore[method-assign, assignment]  # the events come before it is done
    return line


def _prepare(connection: Any, _record: object) -> None:
    """Foreign keys hold, readers never wait for the writer, and what was answered survives a power cut."""
    # its own knows ASCII only
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", f"cache_size=-{CACHE_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def is_open(connection: Any) -> bool:
    """Whether a transaction is open there."""
    return bool(connection.in_transaction)
