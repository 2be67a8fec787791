"""Opening an account."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.auth.jars import crumbs
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Person, code
from tests.conftest import MakeApp

SAME_MAILBOX = [
    ("alice@example.com", "alice@EXAMPLE.com"),
    ("alice@example.com", "Alice@example.com"),
    ("alice@example.com", "ALICE@Example.COM"),
    ("ren\u00e9e@example.com", "rene\u0301e@example.com"),
    ("alice@m\u00fcnchen.example", "alice@xn--mnchen-3ya.example"),
    ("alice@m\u00fcnchen.example", "alice@M\u00dcNCHEN.example"),
    ("alice@m\u00fcnchen.example", "alice@mu\u0308nchen.example"),
]
OTHER_MAILBOX = [
    ("k@example.com", "\u212a@example.com"),
    ("kay@example.com", "\u212aay@example.com"),
    ("\u00e9cole@example.com", "\u00c9cole@example.com"),
    ("ab@example.com", "\uff41b@example.com"),
    ("alice@example.com", "alice+tag@example.com"),
    ("alice@example.com", "a.lice@example.com"),
    ("strasse@example.com", "stra\u00dfe@example.com"),
]


def register(app: Flask, **body: Any) -> TestResponse:
    """Ask for an account; the password is a good one unless given."""
    return Person(app).post("/auth/register", json={"password": PASSWORD, **body})


def pointers(answer: TestResponse) -> list[str]:
    """What was wrong where."""
    return sorted(error["pointer"] for error in answer.get_json()["errors"])


def test_a_registration_is_answered_with_the_account_and_its_place(app: Flask) -> None:
    answer = register(app, email="ada@example.com", name="Ada")

    user = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/v1/me")
    assert user.keys() == {"id", "email", "name", "roles", "email_verified", "created_at"}
    assert (user["email"], user["name"], user["roles"], user["email_verified"]) == (
        "ada@example.com",
        "Ada",
        ["user"],
        False,
    )
    assert user["created_at"].endswith("Z")


def test_a_registration_signs_nobody_in(app: Flask) -> None:
    answer = register(app, email="ada@example.com")

    assert crumbs(answer) == []
    assert dump(app)["sessions"] == []


def test_the_place_shows_the_same_account(stranger: Browser) -> None:
    user = register(stranger.app, email=stranger.email, name="Ada").get_json()

    assert stranger.log_in().get("/me").get_json() == user


def test_a_name_may_be_left_out(app: Flask) -> None:
    found = [
        register(app, email=f"{index}@example.com", **given).get_json()["name"]
        for index, given in enumerate([{}, {"name": None}])
    ]

    assert found == [None, None]


@pytest.mark.parametrize(
    "email", ["Ada.Lovelace@Example.COM", "ren\u00e9e@m\u00fcnchen.example", "rene\u0301e@example.com"]
)
def test_an_address_is_shown_as_it_was_given(app: Flask, email: str) -> None:
    answer = register(app, email=email)

    assert answer.get_json()["email"] == email


@pytest.mark.parametrize(("first", "second"), SAME_MAILBOX)
def test_one_mailbox_has_one_account(app: Flask, first: str, second: str) -> None:
    register(app, email=first)

    answer = register(app, email=second)

    assert code(answer) == (409, "email_taken")
    assert len(dump(app)["users"]) == 1


@pytest.mark.parametrize(("first", "second"), SAME_MAILBOX)
def test_either_spelling_of_a_mailbox_logs_in(app: Flask, first: str, second: str) -> None:
    register(app, email=first)

    assert Browser(app, second).log_in().get("/me").get_json()["email"] == first


@pytest.mark.parametrize(("first", "second"), OTHER_MAILBOX)
def test_what_only_looks_alike_is_another_mailbox(app: Flask, first: str, second: str) -> None:
    register(app, email=first)

    answers = [
        Person(app).post("/auth/login", json={"email": second, "password": PASSWORD}),
        register(app, email=second),
    ]

    assert [code(answer) for answer in answers] == [(401, "invalid_credentials"), (201, None)]


def test_a_taken_address_keeps_its_password_and_name(alice: Browser) -> None:
    before = dump(alice.app)

    answer = register(alice.app, email=alice.email, password="another horse battery", name="Eve")

    assert code(answer) == (409, "email_taken")
    assert dump(alice.app) == before


@pytest.mark.parametrize(
    "email",
    [
        "",
        "alice",
        "@nowhere.example",
        "alice@",
        "a b@example.com",
        "alice@exa mple.com",
        f"{'a' * 250}@example.com",
        "alice@example.com\n",
        "alice@example.com\u0000",
        "\u202ealice@example.com",
        "alice@@example.com",
        "a@b@c.de",
        "alice@\u24d4xample.com",
        '"alice"@example.com',
        "alice@[127.0.0.1]",
        "Alice <alice@example.com>",
    ],
)
def test_what_is_no_address_is_pointed_at(app: Flask, email: str) -> None:
    answer = register(app, email=email)

    assert (*code(answer), pointers(answer)) == (422, "validation_failed", ["/email"])
    assert email.strip() == "" or email not in answer.text


@pytest.mark.parametrize(
    "password", ["", "short", "password", "12345678", "qwertyuiop", "aaaaaaaaaaaaaaaaaaaa", "latchkey", "x" * 129]
)
def test_a_weak_password_is_pointed_at_and_not_repeated(app: Flask, password: str) -> None:
    answer = register(app, email="alice@example.com", password=password)

    assert (*code(answer), pointers(answer)) == (422, "validation_failed", ["/password"])
    assert len(password) < 10 or password not in answer.text
    assert dump(app)["users"] == []


@pytest.mark.parametrize("password", ["alice.cooper1999", "cooperAlice1999!", "Alice-Cooper"])
def test_a_password_of_the_owners_own_words_is_weak(app: Flask, password: str) -> None:
    answer = register(app, email="alice.cooper1999@example.com", password=password, name="Alice Cooper")

    assert (*code(answer), pointers(answer)) == (422, "validation_failed", ["/password"])


def test_everything_wrong_is_said_at_once(app: Flask) -> None:
    answers = [register(app, email="alice", password="short"), register(app, email=1, password=None, name="")]

    assert [pointers(answer) for answer in answers] == [["/email", "/password"], ["/email", "/name", "/password"]]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 101,
        "a\nb",
        "a\u0000b",
        "a\u007fb",
        "a\u0085b",
        "\u202egro",
        "a\u200eb",
        "a\u2066b",
        "\ud800",
        1,
        [],
        {},
    ],
)
def test_a_name_that_could_deceive_or_not_be_stored_is_pointed_at(app: Flask, name: object) -> None:
    answer = register(app, email="alice@example.com", name=name)

    assert (*code(answer), pointers(answer)) == (422, "validation_failed", ["/name"])


@pytest.mark.parametrize("field", ["role", "roles", "id", "email_verified", "is_admin", "x" * 100])
def test_unknown_fields_are_refused(app: Flask, field: str) -> None:
    answer = register(app, email="alice@example.com", **{field: "admin"})

    assert (*code(answer), pointers(answer)) == (422, "validation_failed", [f"/{field[:64]}"])


def test_a_closed_deployment_registers_nobody_and_says_no_more(alice: Browser, make_app: MakeApp) -> None:
    closed = make_app(registration="closed")

    answers = [register(closed, email=email) for email in (alice.email, "new@example.com")]

    assert [code(answer) for answer in answers] == [(403, "registration_closed")] * 2
    assert len(dump(closed)["users"]) == 1
    assert Browser(closed, alice.email).log_in().get("/me").status_code == 200


def test_a_longer_minimum_counts(make_app: MakeApp) -> None:
    app = make_app(password_min_length=20)

    answers = [register(app, email="a@example.com", password=word) for word in ("jK9#vQ2!xW7$", PASSWORD)]

    assert [code(answer) for answer in answers] == [(422, "validation_failed"), (201, None)]
