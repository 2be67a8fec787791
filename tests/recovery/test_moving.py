"""Another address: the new one proves itself, the old one is told."""

from datetime import timedelta

import pytest
import time_machine

from app.kit import clock, limits
from app.kit.limits import Limit
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.post import Post, link_or_none

OLD, NEW = "ada@example.com", "ada@lovelace.example"


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account, signed in."""
    return Browser(post.app, OLD).register().log_in()


def ask(ada: Browser, email: str = NEW, password: str = PASSWORD) -> tuple[int, str | None]:
    """Ask to move there."""
    return code(ada.post("/me/email", json={"email": email, "password": password}))


def verify(post: Post, token: str) -> tuple[int, str | None]:
    """Follow the mailed link."""
    return code(Person(post.app).post("/auth/email/verify", json={"token": token}))


def test_the_address_changes_when_the_new_one_proves_itself(post: Post, ada: Browser) -> None:
    assert ask(ada) == (202, None)
    assert ada.get("/me").get_json()["email"] == OLD

    assert verify(post, post.token(NEW, "email")) == (204, None)

    me = ada.get("/me").get_json()
    assert (me["email"], me["email_verified"]) == (NEW, True)
    doors = [ada.post("/auth/token", json={"email": email, "password": PASSWORD}) for email in (OLD, NEW)]
    assert [code(each) for each in doors] == [(401, "invalid_credentials"), (200, None)]


def test_the_old_address_is_told_at_once(post: Post, ada: Browser) -> None:
    ask(ada)

    notice = post.arrived(OLD)[-1]

    assert (notice["Subject"], link_or_none(notice)) == ("Your address at localhost:8000 is about to change", None)


def test_a_link_works_once_and_for_an_hour(post: Post, ada: Browser) -> None:
    ask(ada)
    token = post.token(NEW, "email")

    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        late = verify(post, token)

    assert (late, verify(post, token), verify(post, token)) == (
        (422, "token_unusable"),
        (204, None),
        (422, "token_unusable"),
    )


def test_a_wrong_password_moves_nobody(post: Post, ada: Browser) -> None:
    assert ask(ada, password="wrong") == (403, "invalid_password")

    assert post.arrived(NEW) == []


def test_what_is_no_address_is_refused_before_the_password_is_asked(ada: Browser) -> None:
    answer = ada.post("/me/email", json={"email": "no address", "password": "wrong"})

    assert code(answer) == (422, "validation_failed")
    assert answer.get_json()["errors"][0]["pointer"] == "/email"


def test_whether_the_new_address_is_known_shows_only_to_its_owner(post: Post, ada: Browser) -> None:
    Browser(post.app, "bob@example.com").register()

    answers = [
        ada.post("/me/email", json={"email": email, "password": PASSWORD}, headers={"X-Request-ID": "the-same"})
        for email in ("bob@example.com", NEW)
    ]

    assert (answers[0].status_code, answers[0].data) == (answers[1].status_code, answers[1].data)
    assert list(answers[0].headers) == list(answers[1].headers)
    notice = post.arrived("bob@example.com")[-1]
    assert (notice["Subject"], link_or_none(notice)) == ("You have an account at localhost:8000 already", None)


def test_an_address_that_was_lost_meanwhile_is_taken(post: Post, ada: Browser) -> None:
    ask(ada)
    token = post.token(NEW, "email")
    Browser(post.app, NEW).register()

    assert verify(post, token) == (409, "email_taken")

    assert ada.get("/me").get_json()["email"] == OLD


def test_the_same_mailbox_may_be_spelt_otherwise(post: Post, ada: Browser) -> None:
    ask(ada, "ADA@example.com")

    assert verify(post, post.token("ADA@example.com", "email")) == (204, None)

    assert ada.get("/me").get_json()["email"] == "ADA@example.com"


def test_a_move_voids_every_other_link_of_the_account(post: Post, ada: Browser) -> None:
    to_verify = post.token(OLD, "verify")
    Person(post.app).post("/auth/password/forgot", json={"email": OLD})
    to_reset = post.token(OLD, "reset")
    ask(ada, "elsewhere@example.com")
    elsewhere = post.token("elsewhere@example.com", "email")
    ask(ada)

    verify(post, post.token(NEW, "email"))

    body = {"token": to_reset, "password": "seven purple umbrellas"}
    reset = code(Person(post.app).post("/auth/password/reset", json=body))
    assert [reset, verify(post, to_verify), verify(post, elsewhere)] == [(422, "token_unusable")] * 3


def test_sessions_go_on(post: Post, ada: Browser) -> None:
    ask(ada)
    verify(post, post.token(NEW, "email"))

    assert (ada.get("/me").status_code, ada.refresh().status_code) == (200, 200)


@pytest.mark.parametrize("waits", [True, False], ids=["while-the-mail-waits", "with-the-mail-in-hand"])
@pytest.mark.parametrize("door", ["reset", "change"])
def test_a_new_password_ends_what_the_old_one_began(post: Post, ada: Browser, door: str, *, waits: bool) -> None:
    Person(post.app).post("/auth/password/forgot", json={"email": OLD})
    to_reset = post.token(OLD, "reset")
    ask(ada)  # as a thief who knows the password would
    token = "" if waits else post.token(NEW, "email")

    if door == "reset":
        body = {"token": to_reset, "password": "seven purple umbrellas"}
        answer = Person(post.app).post("/auth/password/reset", json=body)
    else:
        body = {"current_password": PASSWORD, "new_password": "seven purple umbrellas"}
        answer = ada.post("/me/password", json=body)

    assert answer.status_code == 204
    if waits:
        assert post.arrived(NEW) == []
    else:
        assert verify(post, token) == (422, "token_unusable")


def test_a_password_that_was_changed_meanwhile_moves_nobody(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    thief, count = Service(post.app, OLD).register().log_in(), limits.count

    def overtaken(limit: Limit, **subject: str) -> None:
        if "account" in subject:
            monkeypatch.undo()
            body = {"current_password": PASSWORD, "new_password": "seven purple umbrellas"}
            assert code(Service(post.app, OLD).log_in().post("/me/password", json=body)) == (204, None)
        count(limit, **subject)

    monkeypatch.setattr(limits, "count", overtaken)

    answer = thief.post("/me/email", json={"email": NEW, "password": PASSWORD})

    assert (code(answer), post.arrived(NEW)) == ((403, "invalid_password"), [])
