"""A login checked against an old password leaves no session once a change of that password counts."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import bcrypt
import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit import clock
from app.kit.database import db, transaction
from app.sessions import service as sessions
from app.sessions.grants import Grant
from app.sessions.service import Device
from app.users import service as users
from app.users.models import User
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Person, code
from tests.patience import PATIENCE
from tests.sessions.waiting import started, until_it_waits

EMAIL = "alice@example.com"
ANYWHERE = Device(ip="192.0.2.1", user_agent=None)


@pytest.fixture
def home(app: Flask) -> Iterator[Flask]:
    """The application with one account, and nobody signed in."""
    Browser(app, EMAIL).register()
    with app.app_context():
        yield app


def begin(user_id: UUID, *, before: timedelta = timedelta(0)) -> Grant | None:
    """Begin a session for a password that was changed so much earlier than the present one."""
    login = users.login_of_or_none(user_id)
    assert login is not None
    moment = login.password_changed_at - before
    with transaction():
        return sessions.start_or_none(user_id, password_changed_at=moment, by_cookie=True, device=ANYWHERE)


def change(connection: sa.Connection, **values: object) -> None:
    """Write into the account, as a change of password or an administrator does."""
    connection.execute(sa.update(User).values(**values))


def test_a_session_begins_only_for_the_password_that_was_checked(home: Flask) -> None:
    user_id = users.id_of(EMAIL)

    grants = [
        begin(user_id),
        begin(user_id, before=timedelta(microseconds=1)),
        begin(user_id, before=timedelta(days=1)),
    ]

    assert [grant is None for grant in grants] == [False, True, True]
    assert len(dump(home)["sessions"]) == 1


@pytest.mark.usefixtures("home")
def test_a_session_begins_for_nobody_who_is_gone_or_disabled() -> None:
    user_id = users.id_of(EMAIL)
    with transaction():
        db.session.execute(sa.update(User).values(disabled_at=clock.now()))

    disabled = begin(user_id)
    nobody = sessions.start_or_none(UUID(int=0), password_changed_at=clock.now(), by_cookie=True, device=ANYWHERE)

    assert (disabled, nobody) == (None, None)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set as soon as bcrypt has found a password right."""
    found, check = Event(), bcrypt.checkpw

    def checkpw(password: bytes, stored: bytes) -> bool:
        right = check(password, stored)
        found.set()
        return right

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return found


def log_in_meanwhile(app: Flask, answers: list[tuple[int, str | None]]) -> Thread:
    """Sign in with the old password in another thread."""

    def log_in() -> None:
        answer = Person(app).post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
        answers.append(code(answer))

    return started(log_in)


@pytest.mark.parametrize("column", ["password_changed_at", "disabled_at"])
def test_a_login_that_overlaps_a_change_of_its_account_leaves_no_session(
    home: Flask, checked: Event, column: str
) -> None:
    answers: list[tuple[int, str | None]] = []

    with db.engine.begin() as connection:
        change(connection, **{column: clock.now()})
        thread = log_in_meanwhile(home, answers)
        assert checked.wait(PATIENCE)
        until_it_waits(thread)
    thread.join(PATIENCE)

    assert answers == [(401, "invalid_credentials")]
    assert dump(home)["sessions"] == []


def test_a_login_that_overlaps_a_change_that_fails_begins_its_session(home: Flask, checked: Event) -> None:
    answers: list[tuple[int, str | None]] = []

    with db.engine.connect() as connection:
        change(connection, password_changed_at=clock.now())
        thread = log_in_meanwhile(home, answers)
        assert checked.wait(PATIENCE)
        until_it_waits(thread)
        connection.rollback()
    thread.join(PATIENCE)

    assert answers == [(200, None)]
    assert len(dump(home)["sessions"]) == 1


def test_a_change_waits_for_a_login_that_was_first(home: Flask) -> None:
    user_id = users.id_of(EMAIL)
    login = users.login_of_or_none(user_id)
    assert login is not None
    changed = Event()

    def change_password() -> None:
        with home.app_context(), db.engine.begin() as connection:
            change(connection, password_changed_at=clock.now())
            changed.set()

    with transaction():
        sessions.start_or_none(user_id, password_changed_at=login.password_changed_at, by_cookie=True, device=ANYWHERE)
        thread = started(change_password)
        until_it_waits(thread)
        waited = not changed.is_set()
    thread.join(PATIENCE)

    assert (waited, changed.is_set()) == (True, True)
    assert len(dump(home)["sessions"]) == 1
