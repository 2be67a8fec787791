"""The application with routes that do nothing but write and then fail, each in its own way."""

from typing import NoReturn

import sqlalchemy as sa
from flask import Flask

from app.kit import clock
from app.kit.database import db, read
from app.kit.problems import NotFound
from app.sessions.models import Blocked


class Refusal(NotFound):
    """No, and nothing of it stays."""


class StandingRefusal(NotFound):
    """No, but what was written stays."""

    stands = True


class AlsoStanding(StandingRefusal):
    """No, in other words."""


def fall_over(*_: object, **__: object) -> NoReturn:
    """Be a bug."""
    raise ZeroDivisionError


def write(name: str) -> None:
    """Write one row."""
    db.session.execute(sa.insert(Blocked).values(id=name, reason="logout", expires_at=clock.now()))


def written(app: Flask) -> set[str]:
    """The names of the rows that are there for everybody to see."""
    with app.app_context():
        return {row.id for row in read(sa.select(Blocked.id))}


def with_writing_routes(app: Flask) -> Flask:
    """The application, which answers POST /test/... besides."""
    for view in (succeed, break_between, refuse, refuse_standing, refuse_also_standing, refuse_late):
        app.add_url_rule(f"/test/{view.__name__}", view_func=view, methods=["POST"])
    return app


def succeed() -> dict[str, str]:
    """Write twice."""
    write("first")
    write("second")
    return {}


def break_between() -> NoReturn:
    """Write, and fall over."""
    write("first")
    raise ZeroDivisionError


def refuse() -> NoReturn:
    """Write, and refuse."""
    write("first")
    raise Refusal


def refuse_standing() -> NoReturn:
    """Write, and refuse with what was written."""
    write("first")
    raise StandingRefusal


def refuse_also_standing() -> NoReturn:
    """The same by a class below."""
    write("first")
    raise AlsoStanding


def refuse_late() -> NoReturn:
    """Flush an object, and refuse."""
    db.session.add(Blocked(id="first", reason="logout", expires_at=clock.now()))
    raise Refusal
