"""A statement that is a transaction of its own: kept at once, and never while the request's transaction is open."""

from collections.abc import Iterator
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit import clock
from app.kit.database import WrittenTooLate, alone, db, read, transaction
from app.kit.prepared import Prepared
from app.sessions.models import Blocked
from tests.kit.faults import failing

INSERT = Prepared(sa.insert(cast("sa.Table", Blocked.__table__)))


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    """Inside the application."""
    with app.app_context():
        yield


def write(name: str) -> None:
    """Write one row that stands alone."""
    with alone() as connection:
        INSERT.on(connection, id=name, reason="logout", expires_at=clock.now())


@transaction()
def write_and_go_on() -> None:
    """Write one row that stands alone, and one that does not."""
    write("first")
    db.session.execute(sa.insert(Blocked).values(id="second", reason="logout", expires_at=clock.now()))


def written() -> list[str]:
    """The names of the rows that are there for everybody to see."""
    return [row.id for row in read(sa.select(Blocked.id))]


def test_it_is_kept_whatever_becomes_of_the_request(app: Flask) -> None:
    with failing(app, "commit", ZeroDivisionError()), pytest.raises(ZeroDivisionError):
        write_and_go_on()

    assert written() == ["first"]


def test_it_comes_before_the_transaction() -> None:
    with transaction():
        write("first")
        db.session.execute(sa.select(Blocked.id))

        with pytest.raises(WrittenTooLate):
            write("second")

    assert written() == ["first"]


def test_what_fails_is_not_there(app: Flask) -> None:
    with failing(app, "before_cursor_execute", ZeroDivisionError(), at="INSERT"), pytest.raises(ZeroDivisionError):
        write("first")

    write("second")
    assert written() == ["second"]
