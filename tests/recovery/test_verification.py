"""Proving an address: after registering, and before an account begins at all."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.kit import clock
from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Role
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Person, code
from tests.conftest import MakePost
from tests.post import Post, link_or_none, text_of

EMAIL = "grace@example.com"
OTHERS = "nine paper boats at sea"


@pytest.fixture
def post(make_post: MakePost) -> Post:
    """An application where an account begins when its address is proven."""
    return make_post(registration="verified")


@pytest.fixture
def open_post(make_post: MakePost) -> Post:
    """An application where everybody may register."""
    return make_post()


def apply(post: Post, email: str = EMAIL, password: str = PASSWORD, **further: str) -> TestResponse:
    """Ask for an account."""
    return Person(post.app).post("/auth/register", json={"email": email, "password": password, **further})


def verify(post: Post, token: str) -> tuple[int, str | None]:
    """Follow the mailed link."""
    return code(Person(post.app).post("/auth/email/verify", json={"token": token}))


def sign_in(app: Flask, password: str = PASSWORD) -> tuple[int, str | None]:
    """Try to sign in."""
    return code(Person(app).post("/auth/token", json={"email": EMAIL, "password": password}))


def make_account(post: Post, *, verified: bool = True) -> None:
    """The account, made by command."""
    with post.app.app_context(), transaction():
        users.add(EMAIL, PASSWORD, name=None, roles=[Role.USER], verified=verified)


def test_in_open_registration_the_account_is_there_and_its_address_is_proven_later(open_post: Post) -> None:
    grace = Browser(open_post.app, EMAIL).register().log_in()
    assert grace.get("/me").get_json()["email_verified"] is False

    assert verify(open_post, open_post.token(EMAIL, "verify")) == (204, None)

    assert grace.get("/me").get_json()["email_verified"] is True


def test_an_account_begins_when_its_address_is_proven(post: Post) -> None:
    answer = apply(post, name="Grace")
    assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})
    assert sign_in(post.app) == (401, "invalid_credentials")

    assert verify(post, post.token(EMAIL, "verify")) == (204, None)

    grace = Browser(post.app, EMAIL).log_in().get("/me").get_json()
    assert (grace["name"], grace["roles"], grace["email_verified"]) == ("Grace", ["user"], True)


def test_a_link_works_once_and_for_a_day(post: Post) -> None:
    apply(post)
    token = post.token(EMAIL, "verify")

    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        late = verify(post, token)

    assert (late, verify(post, token), verify(post, token)) == (
        (422, "token_unusable"),
        (204, None),
        (422, "token_unusable"),
    )


def test_the_owner_of_a_known_address_gets_a_notice_instead(post: Post) -> None:
    make_account(post)

    answer = apply(post, "Grace@EXAMPLE.com", OTHERS)

    (notice,) = post.arrived(EMAIL)
    assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})
    assert (notice["Subject"], link_or_none(notice)) == ("You have an account at localhost:8000 already", None)
    assert (sign_in(post.app), sign_in(post.app, OTHERS)) == ((200, None), (401, "invalid_credentials"))
    assert dump(post.app)["pending_users"] == []


def test_each_application_has_its_own_password_and_the_proven_one_wins(post: Post) -> None:
    apply(post)
    mine = post.token(EMAIL, "verify")
    apply(post, password=OTHERS)
    somebody_elses = post.token(EMAIL, "verify")

    assert (verify(post, mine), verify(post, somebody_elses)) == ((204, None), (422, "token_unusable"))

    assert (sign_in(post.app), sign_in(post.app, OTHERS)) == ((200, None), (401, "invalid_credentials"))
    assert dump(post.app)["pending_users"] == dump(post.app)["mailed_tokens"] == []


def test_an_address_that_was_lost_meanwhile_is_taken(post: Post) -> None:
    apply(post, password=OTHERS)
    token = post.token(EMAIL, "verify")
    make_account(post)

    assert verify(post, token) == (409, "email_taken")

    assert (sign_in(post.app), sign_in(post.app, OTHERS)) == ((200, None), (401, "invalid_credentials"))


def test_a_mail_that_was_lost_can_be_asked_for_again(post: Post) -> None:
    apply(post)
    first = post.token(EMAIL, "verify")

    answer = Person(post.app).post("/auth/email/resend", json={"email": "grace@EXAMPLE.com"})

    assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})
    second = post.token(EMAIL, "verify")
    assert (first != second, verify(post, first), verify(post, second)) == (True, (204, None), (422, "token_unusable"))


def test_asked_again_everybody_who_waits_gets_their_own_link(post: Post) -> None:
    apply(post)
    apply(post, password=OTHERS)
    before = len(post.arrived(EMAIL))

    Person(post.app).post("/auth/email/resend", json={"email": EMAIL})

    assert len(post.arrived(EMAIL)) == before + 2


def test_an_unverified_account_can_ask_again_too(open_post: Post) -> None:
    Browser(open_post.app, EMAIL).register()
    open_post.arrived()

    Person(open_post.app).post("/auth/email/resend", json={"email": EMAIL})

    assert verify(open_post, open_post.token(EMAIL, "verify")) == (204, None)
    assert len(open_post.arrived(EMAIL)) == 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_whoever_waits_for_nothing_gets_nothing(post: Post, email: str) -> None:
    make_account(post)

    answer = Person(post.app).post("/auth/email/resend", json={"email": email})

    assert (answer.status_code, answer.get_json(), post.arrived()) == (202, {"status": "accepted"}, [])


def test_an_account_without_a_proven_address_is_told_so_only_with_the_right_password(post: Post) -> None:
    make_account(post, verified=False)

    assert (sign_in(post.app), sign_in(post.app, "wrong")) == ((403, "email_unverified"), (401, "invalid_credentials"))


def test_a_reset_discards_what_others_applied_for(post: Post) -> None:
    apply(post, password=OTHERS)
    somebody_elses = post.token(EMAIL, "verify")
    make_account(post, verified=False)
    Person(post.app).post("/auth/password/forgot", json={"email": EMAIL})

    body = {"token": post.token(EMAIL, "reset"), "password": "seven purple umbrellas"}
    assert Person(post.app).post("/auth/password/reset", json=body).status_code == 204

    assert verify(post, somebody_elses) == (422, "token_unusable")


def test_nothing_of_the_applicants_own_words_is_mailed(post: Post) -> None:
    apply(post, name="Win money at evil.example")

    assert "evil" not in post.arrived(EMAIL)[0].as_string()


def test_a_closed_house_takes_nobody_but_sends_what_was_asked(make_post: MakePost) -> None:
    post = make_post(registration="closed")
    make_account(post)

    assert code(apply(post, "heidi@example.com")) == (403, "registration_closed")

    Person(post.app).post("/auth/password/forgot", json={"email": EMAIL})
    assert "reset?token=" in text_of(post.arrived(EMAIL)[0])


def test_an_application_is_kept_for_a_week(post: Post) -> None:
    apply(post)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)):
        apply(post, "heidi@example.com")

        (left,) = dump(post.app)["pending_users"]
        assert "heidi@example.com" in left
