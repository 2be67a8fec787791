"""Signing in: who is let in, and what nobody can tell from a refusal."""

import bcrypt
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.kit import clock
from app.kit.database import db, transaction
from app.users.models import User
from tests.auth.jars import crumbs
from tests.auth.tables import dump, facts
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp

DOORS = ["/auth/login", "/auth/token"]
EMOJI = "".join(chr(0x1F300 + index * 37 % 127) for index in range(127))


def ask(app: Flask, path: str, email: str, password: str) -> TestResponse:
    """Try to sign in."""
    body = {"email": email, "password": password}
    return Person(app).post(path, json=body, headers={"X-Request-ID": "the-same"})


def disable(app: Flask, email: str) -> None:
    """Shut the account, as an administrator will."""
    with app.app_context(), transaction():
        db.session.execute(sa.update(User).where(User.email == email).values(disabled_at=clock.now()))


def bcrypt_of(app: Flask) -> str:
    """What is stored of the only user's password."""
    with app.app_context():
        return db.session.scalars(sa.select(User.password_hash)).one()


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The calls of bcrypt, each with the cost that it was asked to bear."""
    calls: list[tuple[str, str]] = []
    check, make = bcrypt.checkpw, bcrypt.hashpw

    def checkpw(password: bytes, stored: bytes) -> bool:
        calls.append(("check", stored[:7].decode()))
        return check(password, stored)

    def hashpw(password: bytes, salt: bytes) -> bytes:
        calls.append(("hash", salt[:7].decode()))
        return make(password, salt)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    return calls


def test_a_login_shows_the_account_and_the_lives_of_its_cookies(alice: Browser) -> None:
    answer = alice.post("/auth/login", json={"email": alice.email, "password": PASSWORD})

    body = answer.get_json()
    assert body.keys() == {"user", "expires_in", "refresh_expires_in"}
    assert body["user"] == alice.get("/me").get_json()


def test_tokens_are_answered_as_oauth_clients_expect_them(robot: Service) -> None:
    with time_machine.travel(clock.now(), tick=False):
        answer = ask(robot.app, "/auth/token", robot.email, PASSWORD)

    body = answer.get_json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in"}
    assert (body["token_type"], body["expires_in"], body["refresh_expires_in"]) == ("Bearer", 900, 604800)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", DOORS)
def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(alice: Browser, path: str) -> None:
    wrong = ask(alice.app, path, alice.email, "not her password")
    unknown = ask(alice.app, path, "nobody@example.com", "not her password")
    no_address = ask(alice.app, path, "no address", "not her password")

    assert code(wrong) == (401, "invalid_credentials")
    assert wrong.data == unknown.data == no_address.data
    assert list(wrong.headers) == list(unknown.headers) == list(no_address.headers)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com", "no address", "", "@", "x" * 5000])
@pytest.mark.usefixtures("alice")
def test_every_refusal_costs_one_hash_of_the_same_work(
    app: Flask, costs: list[tuple[str, str]], path: str, email: str
) -> None:
    costs.clear()

    answer = ask(app, path, email, "not her password")

    assert code(answer) == (401, "invalid_credentials")
    assert costs == [("check", "$2b$04$")]


@pytest.mark.parametrize("path", DOORS)
def test_a_disabled_account_is_told_so_only_to_whoever_knows_the_password(alice: Browser, path: str) -> None:
    disable(alice.app, alice.email)

    found = [code(ask(alice.app, path, alice.email, word)) for word in (PASSWORD, "not her password")]

    assert found == [(403, "account_disabled"), (401, "invalid_credentials")]
    assert len(dump(alice.app)["sessions"]) == 1


def test_the_sessions_of_a_disabled_account_are_over(alice: Browser) -> None:
    disable(alice.app, alice.email)

    answer = alice.get("/me")

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "account_disabled")


@pytest.mark.parametrize(
    "password",
    [f"{EMOJI}x", "\u0000horse\u0000battery\u0000staple", f"long {PASSWORD * 4}", "\u00e9\u00e8\u00ea" * 20 + " tree"],
)
@pytest.mark.parametrize("path", DOORS)
def test_every_character_of_a_password_counts(app: Flask, path: str, password: str) -> None:
    Browser(app, "alice@example.com").register(password)

    found = [
        code(ask(app, path, "alice@example.com", word))
        for word in (password, password[:-1] + "y", password[:-1], f"{password} ", password.upper())
    ]

    assert found == [(200, None)] + [(401, "invalid_credentials")] * 4


def test_a_password_is_cut_at_no_nul(app: Flask) -> None:
    Browser(app, "alice@example.com").register("horse\u0000battery-staple")

    found = [
        code(ask(app, "/auth/login", "alice@example.com", word))
        for word in ("horse", "horse\u0000", "horse\u0000other")
    ]

    assert found == [(401, "invalid_credentials")] * 3


@pytest.mark.parametrize(("kept", "typed"), [("\u00e9", "e\u0301"), ("e\u0301", "\u00e9"), ("\uac00", "\u1100\u1161")])
def test_a_password_is_the_same_however_the_keyboard_composes_it(app: Flask, kept: str, typed: str) -> None:
    Browser(app, "alice@example.com").register(f"caf{kept} horse battery")

    assert ask(app, "/auth/login", "alice@example.com", f"caf{typed} horse battery").status_code == 200


@pytest.mark.parametrize("password", ["", "x" * 60_000, "\u0301" * 10_000, "\U0001f511" * 5000])
def test_no_length_of_password_is_more_than_wrong(alice: Browser, password: str) -> None:
    assert code(ask(alice.app, "/auth/login", alice.email, password)) == (401, "invalid_credentials")


def test_a_login_moves_the_hash_to_todays_cost_and_ends_no_session(alice: Browser, make_app: MakeApp) -> None:
    costlier = make_app(bcrypt_rounds=5)
    before = bcrypt_of(alice.app)

    assert ask(costlier, "/auth/login", alice.email, PASSWORD).status_code == 200

    after = bcrypt_of(alice.app)
    assert ("$2b$04$" in before, "$2b$05$" in after) == (True, True)
    assert (alice.get("/me").status_code, alice.refresh().status_code) == (200, 200)
    assert ask(costlier, "/auth/login", alice.email, PASSWORD).status_code == 200
    assert bcrypt_of(alice.app) == after


def test_a_wrong_password_moves_no_hash(alice: Browser, make_app: MakeApp) -> None:
    before = bcrypt_of(alice.app)

    ask(make_app(bcrypt_rounds=5), "/auth/login", alice.email, "not her password")

    assert bcrypt_of(alice.app) == before


def test_a_right_password_costs_one_check(alice: Browser, costs: list[tuple[str, str]]) -> None:
    ask(alice.app, "/auth/login", alice.email, PASSWORD)

    assert costs == [("check", "$2b$04$")]


def test_a_refused_login_leaves_nothing_behind(alice: Browser) -> None:
    before = facts(alice.app)

    answer = ask(alice.app, "/auth/login", alice.email, "not her password")

    assert crumbs(answer) == []
    assert facts(alice.app) == before
