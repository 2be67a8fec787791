"""A knock at every guarded door with each kind of bad credential; the body is bad as well, and nobody is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.kit import clock
from app.kit.database import db, transaction
from app.users.models import User
from tests.access.people import Door, Knocker, doors, guarded_doors, unsafe
from tests.cast import Browser, Person, Service, code

CHALLENGE = 'Bearer realm="latchkey"'
INVALID = CHALLENGE + ', error="invalid_token"'
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
Headers = dict[str, str]


def knock(who: Person, door: Door, headers: Headers) -> tuple[int, str | None, str | None]:
    """Status, code and challenge for a request whose body is no JSON."""
    method, path = door
    answer = who.request(method, path, headers=headers, data="{", content_type="text/plain")
    return *code(answer), answer.headers.get("WWW-Authenticate")


def with_cookie(*tokens: str) -> Headers:
    """The access cookie once for each token."""
    return {"Cookie": "; ".join(f"__Host-access_token={token}" for token in tokens)}


BAD: dict[str, tuple[Callable[[Service], Headers], str, str]] = {
    "nothing": (lambda _: {}, "credentials_missing", CHALLENGE),
    "another scheme": (lambda _: {"Authorization": "Basic cm9ib3Q6c2VjcmV0"}, "credentials_missing", CHALLENGE),
    "two schemes": (
        lambda robot: {"Authorization": f"Basic x, Bearer {robot.access_token}"},
        "credentials_missing",
        CHALLENGE,
    ),
    "an empty header": (lambda _: {"Authorization": ""}, "credentials_missing", CHALLENGE),
    "no token after Bearer": (lambda _: {"Authorization": "Bearer"}, "token_invalid", INVALID),
    "garbage": (lambda _: {"Authorization": "Bearer garbage"}, "token_invalid", INVALID),
    "a token of nobody's": (lambda _: {"Authorization": f"Bearer {JWT}"}, "token_invalid", INVALID),
    "two tokens": (
        lambda robot: {"Authorization": f"Bearer {robot.access_token} {robot.access_token}"},
        "token_invalid",
        INVALID,
    ),
    "a padded token": (lambda robot: {"Authorization": f"Bearer {robot.access_token}="}, "token_invalid", INVALID),
    "a refresh token": (lambda robot: {"Authorization": f"Bearer {robot.refresh_token}"}, "token_invalid", INVALID),
    "a bearer's token in a cookie": (lambda robot: with_cookie(robot.access_token), "token_invalid", INVALID),
    "a refresh token in the cookie": (lambda robot: with_cookie(robot.refresh_token), "token_invalid", INVALID),
    "garbage in the cookie": (lambda _: with_cookie("garbage"), "token_invalid", INVALID),
    "an empty cookie": (lambda _: with_cookie(""), "token_invalid", INVALID),
    "the token in another cookie": (
        lambda robot: {"Cookie": f"access_token={robot.access_token}"},
        "credentials_missing",
        CHALLENGE,
    ),
}


@pytest.mark.parametrize(("made", "named", "challenge"), BAD.values(), ids=BAD)
def test_no_door_opens_to_a_bad_credential(
    app: Flask, robot: Service, made: Callable[[Service], Headers], named: str, challenge: str
) -> None:
    stranger, headers = Knocker(app), made(robot)

    answers = {door: knock(stranger, door, headers) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, named, challenge))


def test_no_door_opens_to_an_expired_token(app: Flask, robot: Service) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        answers = {door: knock(robot, door, {}) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, "token_expired", INVALID))


def test_no_door_opens_to_a_token_that_was_signed_out(app: Flask, robot: Service) -> None:
    robot.post("/auth/logout")

    answers = {door: knock(robot, door, {}) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, "session_ended", INVALID))


def test_no_door_opens_to_a_disabled_account(app: Flask, robot: Service) -> None:
    with app.app_context(), transaction():
        db.session.execute(sa.update(User).values(disabled_at=clock.now()))

    answers = {door: knock(robot, door, {}) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, "session_ended", INVALID))


def test_no_door_opens_to_an_account_that_is_gone(app: Flask, robot: Service) -> None:
    with app.app_context(), transaction():
        db.session.execute(sa.delete(User))

    answers = {door: knock(robot, door, {}) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, "token_invalid", INVALID))


@pytest.mark.parametrize("sent", ["Bearer garbage", "Bearer", "Basic cm9ib3Q6c2VjcmV0", ""])
def test_a_bad_header_is_not_made_good_by_a_good_cookie(app: Flask, alice: Browser, sent: str) -> None:
    answers = {door: knock(alice, door, {"Authorization": sent})[0] for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, 401)


def test_a_cookie_that_comes_twice_is_nobodys_word(app: Flask, alice: Browser) -> None:
    twice = with_cookie(str(alice.cookie("access_token")), "x")

    answers = {door: knock(Knocker(app), door, twice) for door in guarded_doors(app)}

    assert answers == dict.fromkeys(answers, (401, "token_invalid", INVALID))


@pytest.mark.parametrize(
    "headers",
    [{"X-CSRF-TOKEN": ""}, {"X-CSRF-TOKEN": "wrong"}, {"X-CSRF-TOKEN": "\xfc"}, {"Origin": "https://evil.example"}],
)
def test_no_door_that_changes_something_opens_to_a_forged_request(app: Flask, alice: Browser, headers: Headers) -> None:
    answers = {door: knock(alice, door, headers)[:2] for door in unsafe(guarded_doors(app))}

    assert answers == dict.fromkeys(answers, (403, "csrf_failed"))


def test_asking_for_the_head_is_guarded_like_asking_for_the_whole(app: Flask, stranger: Browser) -> None:
    looked_at = [path for method, path in guarded_doors(app) if method == "GET"]

    answers = {path: stranger.request("HEAD", path).status_code for path in looked_at}

    assert answers == dict.fromkeys(looked_at, 401)


def test_asking_for_the_options_tells_the_methods_and_does_nothing(app: Flask, alice: Browser) -> None:
    task = alice.post("/tasks", json={"title": "Stay"}).headers["Location"]

    answers = {path: Knocker(app).request("OPTIONS", path) for _, path in [*doors(app), ("DELETE", task)]}

    assert {(answer.status_code, answer.data) for answer in answers.values()} == {(200, b"")}
    assert all("OPTIONS" in answer.headers["Allow"] for answer in answers.values())
    assert alice.get(task).status_code == 200
