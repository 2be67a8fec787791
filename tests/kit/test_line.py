"""SQLite's writers of one process stand in line; what they promised is on the disk; attempts are counted lightly."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.kit import clock, sqlite
from app.kit.connections import light
from app.kit.database import alone, db, own_transaction, read, reader
from app.sessions.models import Blocked
from tests.cast import Service
from tests.conftest import configured
from tests.kit.faults import failing, listening
from tests.patience import PATIENCE

FULL, NORMAL = 2, 1
SYNCHRONOUS = "PRAGMA synchronous"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, in SQLite, where attempts are counted."""
    config = configured(tmp_path, database_url=f"sqlite:///{tmp_path / 'latchkey.db'}")
    app = create_app(replace(config, rate_limits=True))
    with app.app_context():
        upgrade()
        yield app
        db.engine.dispose()


def block(name: str) -> None:
    """Write one row, in a transaction of its own."""
    with own_transaction() as connection:
        connection.execute(sa.insert(Blocked).values(id=name, reason="logout", expires_at=clock.now()))


def lightly() -> int:
    """Write without waiting for the disk; how far it would be waited for."""
    with reader().connect() as connection, light(connection):
        return int(connection.exec_driver_sql(SYNCHRONOUS).scalar_one())


def synchronous() -> set[int]:
    """How far the pooled connections wait for the disk."""
    held = [reader().connect() for _ in range(5)]
    found = {int(each.exec_driver_sql(SYNCHRONOUS).scalar_one()) for each in held}
    for each in held:
        each.close()
    return found


def test_the_next_writer_waits_at_the_line_and_not_at_sqlite(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    waiting, go_on = Event(), Event()

    def hold() -> None:
        with app.app_context(), own_transaction():
            waiting.set()
            assert go_on.wait(PATIENCE)

    with ThreadPoolExecutor(1) as hand:
        held = hand.submit(hold)
        assert waiting.wait(PATIENCE)
        with pytest.raises(sa.exc.OperationalError, match="Another thread writes"):
            block("second")
        with pytest.raises(sa.exc.OperationalError, match="Another thread writes"):
            lightly()
        go_on.set()
        held.result()

    block("third")
    assert [row.id for row in read(sa.select(Blocked.id))] == ["third"]


def test_what_stands_alone_waits_for_its_turn_and_for_the_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    with app.app_context():
        with own_transaction(), pytest.raises(sa.exc.OperationalError, match="Another thread writes"), alone():
            pytest.fail("It is somebody else's turn.")
        with alone() as connection:
            assert connection.exec_driver_sql(SYNCHRONOUS).scalar_one() == FULL
            with pytest.raises(sa.exc.OperationalError, match="Another thread writes"):
                block("first")

    block("second")
    assert [row.id for row in read(sa.select(Blocked.id))] == ["second"]


def test_a_turn_ends_with_the_commit(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(sa.delete(Blocked))
        connection.commit()

        block("second")

    assert [row.id for row in read(sa.select(Blocked.id))] == ["second"]


def test_every_writer_gets_a_turn(app: Flask) -> None:
    def write(turn: int) -> None:
        with app.app_context():
            block(str(turn))

    with ThreadPoolExecutor(8) as hands:
        list(hands.map(write, range(100)))

    assert len(read(sa.select(Blocked.id))) == 100


@pytest.mark.parametrize("moment", ["commit", "before_cursor_execute"])
def test_a_turn_that_fails_ends_all_the_same(app: Flask, moment: str) -> None:
    with failing(app, moment, ZeroDivisionError(), at="" if moment == "commit" else "INSERT"):
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                block("first")

    block("second")
    assert [row.id for row in read(sa.select(Blocked.id))] == ["second"]


def test_a_connection_that_is_given_up_in_its_turn_ends_it(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.begin()
        connection.invalidate()

    block("second")
    assert [row.id for row in read(sa.select(Blocked.id))] == ["second"]


@pytest.mark.usefixtures("app")
def test_a_light_write_does_not_wait_for_the_disk_and_every_other_does() -> None:
    with reader().connect() as connection:
        with light(connection):
            inside = connection.exec_driver_sql(SYNCHRONOUS).scalar_one()
        after = connection.exec_driver_sql(SYNCHRONOUS).scalar_one()

    assert (inside, after) == (NORMAL, FULL)


def test_a_light_write_that_fails_leaves_no_light_connection(app: Flask) -> None:
    with failing(app, "before_cursor_execute", ZeroDivisionError(), at="rate_counters"):
        for _ in range(6):
            with pytest.raises(ZeroDivisionError), reader().connect() as connection, light(connection):
                connection.exec_driver_sql("DELETE FROM rate_counters")

    assert synchronous() == {FULL}


def test_attempts_are_counted_lightly_and_leave_every_connection_as_it_was(app: Flask) -> None:
    robot = Service(app, "robot@example.com").register().log_in()
    seen: list[object] = []

    def look(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        driver: Any = connection.connection.driver_connection
        if "INSERT INTO rate_counters" in statement:
            seen.append(driver.execute(SYNCHRONOUS).fetchone()[0])

    with listening(app, "before_cursor_execute", look):
        renewed = robot.refresh().status_code

    assert renewed == 200
    assert seen == [NORMAL]
    assert synchronous() == {FULL}
