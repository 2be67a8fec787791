"""Two who meet in the database: knowing that the other one waits, without sleeping."""

from collections.abc import Callable
from threading import Thread, get_ident

import sqlalchemy as sa

from app.kit.database import db, read
from app.kit.sqlite import Line

WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def started(work: Callable[[], None]) -> Thread:
    """The work, begun in another thread."""
    thread = Thread(target=work)
    thread.start()
    return thread


def until_it_waits(thread: Thread) -> None:
    """Come back when the other thread waits for a row, or needs none (SQLite's one writer waits without a word)."""
    if db.engine.dialect.name == "postgresql":
        while thread.is_alive() and not read(WAITING)[0][0]:
            thread.join(timeout=0.01)


def tell_of_writers(told: Callable[[], None]) -> Callable[[], None]:
    """Have it told when another thread is about to write; gives what takes the listener away again."""
    here = get_ident()

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if get_ident() != here and statement.startswith(("BEGIN IMMEDIATE", "UPDATE", "INSERT", "DELETE", "WITH")):
            told()

    enter = Line.enter

    def overheard(line: Line, connection: sa.Connection) -> None:
        if get_ident() != here:
            told()  # SQLite's writers stand in line before they say anything
        enter(line, connection)

    engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", listen)
    Line.enter = overheard  # type: ignore[method-assign, assignment]  # until it is hushed

    def hush() -> None:
        sa.event.remove(engine, "before_cursor_execute", listen)
        Line.enter = enter  # type: ignore[method-assign]  # as it was

    return hush
