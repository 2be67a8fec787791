"""A forgotten password, from the question to the new sign-in."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.kit import clock
from app.kit.database import db, transaction
from app.users.models import KnownNetwork, User
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import MakePost
from tests.post import Post, link_or_none

NEW = "seven purple umbrellas dancing"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account, signed in."""
    return Browser(post.app, "Ada@example.com").register(name="Ada").log_in()


def forgotten(post: Post, email: str) -> str:
    """The token that was mailed to whoever says to have forgotten the password."""
    answer = Browser(post.app).post("/auth/password/forgot", json={"email": email})
    assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})
    return post.token(email, "reset")


def reset(post: Post, token: str, password: str = NEW) -> tuple[int, str | None]:
    """Choose a new password with the token."""
    return code(Browser(post.app).post("/auth/password/reset", json={"token": token, "password": password}))


def test_a_mailed_link_gives_a_new_password(post: Post, ada: Browser) -> None:
    token = forgotten(post, ada.email)

    assert reset(post, token) == (204, None)

    doors = [ada.post("/auth/token", json={"email": ada.email, "password": word}) for word in (PASSWORD, NEW)]
    assert [code(each) for each in doors] == [(401, "invalid_credentials"), (200, None)]


def test_the_address_is_compared_as_a_mailbox(post: Post, ada: Browser) -> None:
    Browser(post.app).post("/auth/password/forgot", json={"email": "ada@EXAMPLE.com"})

    assert reset(post, post.token(ada.email, "reset")) == (204, None)


def test_a_reset_ends_all_sessions_and_tells_the_owner(post: Post, ada: Browser) -> None:
    phone = Service(post.app, ada.email).log_in()

    reset(post, forgotten(post, ada.email))

    ended = [(*code(each), each.get_json()["reason"]) for each in (ada.get("/me"), phone.get("/me"), phone.refresh())]
    assert ended == [(401, "session_ended", "password_reset")] * 3
    assert post.subjects(ada.email)[-1] == "Your password for localhost:8000 was reset"
    assert link_or_none(post.arrived(ada.email)[-1]) is None


def test_a_link_works_once(post: Post, ada: Browser) -> None:
    token = forgotten(post, ada.email)
    reset(post, token)

    assert reset(post, token, "another seven green lanterns") == (422, "token_unusable")
    assert ada.log_in(NEW).get("/me").status_code == 200


@pytest.mark.parametrize(("age", "expected"), [(-1, (204, None)), (1, (422, "token_unusable"))])
def test_a_link_works_for_half_an_hour_from_its_sending(
    post: Post, ada: Browser, age: int, expected: tuple[int, str | None]
) -> None:
    began = clock.now()
    Browser(post.app).post("/auth/password/forgot", json={"email": ada.email})
    with time_machine.travel(began + timedelta(hours=3), tick=False):
        token = post.token(ada.email, "reset")

    with time_machine.travel(began + timedelta(hours=3) + HALF_AN_HOUR + timedelta(seconds=age), tick=False):
        assert reset(post, token) == expected


@pytest.mark.parametrize("bent", [lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), lambda _: "x" * 32])
def test_a_bent_token_is_unusable(post: Post, ada: Browser, bent: object) -> None:
    token = forgotten(post, ada.email)

    assert reset(post, bent(token)) == (422, "token_unusable")  # type: ignore[operator]  # a function
    assert reset(post, token) == (204, None)


@pytest.mark.parametrize("odd", ["", " ", "x", "x" * 60_000, "\u0000" * 32, "\u00fc" * 32, "=" * 32])
def test_no_text_is_more_than_an_unusable_token(post: Post, odd: str) -> None:
    found = [
        code(Browser(post.app).post(path, json=body))
        for path, body in (
            ("/auth/password/reset", {"token": odd, "password": NEW}),
            ("/auth/email/verify", {"token": odd}),
        )
    ]

    assert found == [(422, "token_unusable")] * 2


def test_a_weak_password_is_refused_with_reasons_and_the_link_still_works(post: Post, ada: Browser) -> None:
    token = forgotten(post, ada.email)

    answers = [
        Browser(post.app).post("/auth/password/reset", json={"token": token, "password": word})
        for word in ("short", "password123", "Ada@example.com", "x" * 129)
    ]

    assert [code(each) for each in answers] == [(422, "validation_failed")] * 4
    assert {error["pointer"] for each in answers for error in each.get_json()["errors"]} == {"/password"}
    assert reset(post, token) == (204, None)


def test_a_reset_voids_the_other_links(post: Post, ada: Browser) -> None:
    first, second = forgotten(post, ada.email), forgotten(post, ada.email)

    assert (reset(post, second), reset(post, first)) == ((204, None), (422, "token_unusable"))


def test_a_link_of_one_purpose_serves_no_other(post: Post, ada: Browser) -> None:
    to_reset, to_verify = forgotten(post, ada.email), post.token(ada.email, "verify")

    wrong = code(Browser(post.app).post("/auth/email/verify", json={"token": to_reset}))

    assert (wrong, reset(post, to_verify)) == ((422, "token_unusable"),) * 2
    assert reset(post, to_reset) == (204, None)


def test_a_reset_proves_the_address(post: Post, ada: Browser) -> None:
    assert ada.get("/me").get_json()["email_verified"] is False

    reset(post, forgotten(post, ada.email))

    assert ada.log_in(NEW).get("/me").get_json()["email_verified"] is True


def test_a_reset_makes_the_account_known_here_and_nowhere_else(post: Post, ada: Browser) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    ada.post("/auth/login", json={"email": ada.email, "password": PASSWORD}, environ_overrides=elsewhere)
    body = {"token": forgotten(post, ada.email), "password": NEW}

    ada.post("/auth/password/reset", json=body, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})

    with post.app.app_context():
        assert db.session.scalars(sa.select(KnownNetwork.network)).all() == ["198.51.100.7"]


def test_nobody_else_gets_a_mail(post: Post, ada: Browser) -> None:
    post.arrived()

    for email in ("nobody@example.com", "ada@example.org"):
        answer = Browser(post.app).post("/auth/password/forgot", json={"email": email})
        assert (answer.status_code, answer.get_json()) == (202, {"status": "accepted"})

    assert [each["To"] for each in post.arrived()] == [ada.email]


def test_a_disabled_account_is_not_reset(post: Post, ada: Browser) -> None:
    token = forgotten(post, ada.email)
    with post.app.app_context(), transaction():
        db.session.execute(sa.update(User).values(disabled_at=clock.now()))
    Browser(post.app).post("/auth/password/forgot", json={"email": ada.email})

    assert len(post.arrived(ada.email)) == 2
    assert reset(post, token) == (422, "token_unusable")


@pytest.mark.parametrize("email", ["", "no address", "a@b@c.example", "x\r\nBcc: y@example.com", "x" * 300])
def test_what_is_no_address_is_refused(make_post: MakePost, email: str) -> None:
    post = make_post()

    answers = [
        Browser(post.app).post(f"/auth/{door}", json={"email": email}) for door in ("password/forgot", "email/resend")
    ]

    assert [code(each) for each in answers] == [(422, "validation_failed")] * 2
    assert post.arrived() == []


def test_no_token_rests_in_the_clear(post: Post, ada: Browser) -> None:
    token = forgotten(post, ada.email)

    assert token not in repr(dump(post.app))
    assert len(token) >= 22
