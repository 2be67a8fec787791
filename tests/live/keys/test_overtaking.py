"""Two threads of one worker load the ring, and the later one is quicker."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.keys.ring import ring, stored_version, synced
from app.kit.database import db
from tests.patience import PATIENCE


def rotate(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["keys", "rotate", "--now"])
    assert result.exit_code == 0, result.output


@contextmanager
def a_slow_thread_loading(app: Flask) -> Iterator[None]:
    """Another thread that has read the keys but does not keep them before the block is over."""
    has_read, go_on = Event(), Event()

    def load() -> None:
        with app.app_context():
            synced()

    slow = Thread(target=load)

    def hold(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if current_thread() is slow and "FROM signing_keys" in statement:
            has_read.set()
            assert go_on.wait(PATIENCE)

    sa.event.listen(db.engine, "after_cursor_execute", hold)
    try:
        slow.start()
        assert has_read.wait(PATIENCE)
        yield
    finally:
        go_on.set()
        slow.join(PATIENCE)
        sa.event.remove(db.engine, "after_cursor_execute", hold)


def test_a_thread_that_is_overtaken_does_not_bring_the_old_ring_back(app: Flask) -> None:
    with app.app_context():
        synced()
        rotate(app)

        with a_slow_thread_loading(app):
            rotate(app)
            newest = synced()

        assert ring() is newest
        assert ring().version == stored_version()
