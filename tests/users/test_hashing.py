"""A flood of passwords: those for whom there is no place are refused at once, and have spent nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.audit.models import AuditEvent
from app.kit.counters import RateCounter
from app.kit.database import db, read
from app.users import hashing
from environment import Rate
from tests.cast import PASSWORD, Browser, code
from tests.conftest import MakeApp
from tests.errors.shape import assert_refused
from tests.patience import PATIENCE
from tests.post import Post

NEW = "seven purple umbrellas dancing"
ONCE = Rate(1, timedelta(hours=1))
Ask = Callable[[Browser], TestResponse]


def signs_in(email: str, path: str = "/auth/login") -> Ask:
    """A try to sign in."""
    return lambda somebody: somebody.post(path, json={"email": email, "password": PASSWORD})


DOORS: dict[str, Ask] = {
    "login": signs_in("alice@example.com"),
    "login, unknown": signs_in("nobody@example.com"),
    "token": signs_in("alice@example.com", "/auth/token"),
    "token, unknown": signs_in("nobody@example.com", "/auth/token"),
    "register": signs_in("newcomer@example.com", "/auth/register"),
    "register, taken": signs_in("alice@example.com", "/auth/register"),
    "step-up": lambda alice: alice.post("/auth/step-up", json={"password": PASSWORD}),
    "password": lambda alice: alice.post("/me/password", json={"current_password": PASSWORD, "new_password": NEW}),
    "address": lambda alice: alice.post("/me/email", json={"email": "new@example.com", "password": PASSWORD}),
    "deletion": lambda alice: alice.delete("/me", json={"password": PASSWORD}),
}


@pytest.fixture
def strict(make_app: MakeApp, alice: Browser) -> Browser:
    """Alice in front of an application where each limit lets one attempt through."""
    app = make_app(rate_limits=True, login_limit=ONCE, register_limit=ONCE, mail_limit=ONCE)
    there = Browser(app, alice.email)
    there.client._cookies = alice.client._cookies
    return there


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """Let others have all the places until the block ends."""
    with app.app_context():
        room = hashing.hashing()
    come, over = Barrier(room.places + 1), Event()

    def stay() -> None:
        with room.place():
            come.wait(PATIENCE)
            over.wait(PATIENCE)

    with ThreadPoolExecutor(room.places) as others:
        staying = [others.submit(stay) for _ in range(room.places)]
        come.wait(PATIENCE)
        try:
            yield
        finally:
            over.set()
    for each in staying:
        each.result()


def written(app: Flask) -> tuple[list[object], ...]:
    """What was counted, and what was told."""
    with app.app_context():
        return [*read(sa.select(RateCounter.__table__))], [*read(sa.select(AuditEvent.__table__))]


@pytest.mark.parametrize("door", DOORS)
def test_who_finds_no_place_is_told_when_to_come_back_and_has_spent_nothing(strict: Browser, door: str) -> None:
    before = written(strict.app)

    with full(strict.app):
        answers = [DOORS[door](strict) for _ in range(3)]
        after, held = written(strict.app), connections_in_use(strict.app)

    for answer in answers:
        assert_refused(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers.getlist("Set-Cookie") == []
    assert (after, held) == (before, 0)
    assert DOORS[door](strict).status_code in {200, 201, 202, 204, 401, 409}


def connections_in_use(app: Flask) -> int:
    """How many connections to the database are in use."""
    with app.app_context():
        return int(db.engine.pool.checkedout())  # type: ignore[attr-defined]  # a QueuePool has it


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token", "/auth/register"])
def test_the_refusal_does_not_tell_who_has_an_account(app: Flask, alice: Browser, path: str) -> None:
    ask = [signs_in(email, path) for email in (alice.email, "nobody@example.com")]

    with full(app):
        answers = [each(Browser(app)) for each in ask]

    known, unknown = (each.get_json() | {"request_id": ""} for each in answers)
    assert known == unknown
    assert known["code"] == "unavailable"


def test_a_refused_reset_does_not_spend_its_token(post: Post) -> None:
    ada = Browser(post.app, "ada@example.com").register()
    ada.post("/auth/password/forgot", json={"email": ada.email})
    body = {"token": post.token(ada.email, "reset"), "password": NEW}

    with full(post.app):
        away = ada.post("/auth/password/reset", json=body)

    assert_refused(away, 503, "unavailable")
    assert ada.post("/auth/password/reset", json=body).status_code == 204


def test_no_more_than_half_of_the_threads_hash_at_once(app: Flask, alice: Browser) -> None:
    with app.app_context():
        room = hashing.hashing()
    before = room.refused

    with ThreadPoolExecutor(20) as threads:
        tries = [threads.submit(signs_in(alice.email), Browser(app)) for _ in range(20)]
        statuses = [each.result().status_code for each in tries]

    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= room.places
    assert (room.places, room.taken, room.hashing, room.waiting) == (4, 0, 0, 0)
    assert room.refused - before == statuses.count(503)


def test_what_needs_no_hash_is_answered_while_there_is_no_place(app: Flask, alice: Browser) -> None:
    with full(app):
        answers = [alice.get("/me"), alice.refresh(), alice.post("/tasks", json={"title": "Rest"})]
        left = alice.post("/auth/logout")

    assert [each.status_code for each in (*answers, left)] == [200, 200, 201, 204]


def test_a_place_is_free_again_when_the_password_was_wrong(app: Flask) -> None:
    stranger = Browser(app)

    answers = [signs_in("nobody@example.com")(stranger) for _ in range(9)]

    assert {code(each) for each in answers} == {(401, "invalid_credentials")}


def test_commands_are_not_capped(app: Flask) -> None:
    command = ["users", "create", "eve@example.com", "--password-stdin"]

    with full(app):
        done = app.test_cli_runner().invoke(args=command, input=PASSWORD)

    assert done.exit_code == 0, done.output
