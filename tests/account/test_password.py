"""Changing one's password."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.kit import clock
from app.kit.database import db
from app.users import passwords
from app.users.models import KnownNetwork
from tests.auth.tables import facts
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.post import Post, link_or_none

NEW = "seven purple umbrellas dancing"


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account, signed in."""
    return Browser(post.app, "ada@example.com").register(name="Ada Lovelace").log_in()


def change(ada: Person, new: str = NEW, current: str = PASSWORD) -> tuple[int, str | None]:
    """Ask for another password."""
    return code(ada.post("/me/password", json={"current_password": current, "new_password": new}))


def test_the_new_password_opens_and_the_old_one_does_not(ada: Browser) -> None:
    assert change(ada) == (204, None)

    doors = [ada.post("/auth/token", json={"email": ada.email, "password": word}) for word in (PASSWORD, NEW)]
    assert [code(each) for each in doors] == [(401, "invalid_credentials"), (200, None)]


def test_other_sessions_end_and_this_one_stays(ada: Browser) -> None:
    phone = Service(ada.app, ada.email).log_in()

    change(ada)

    assert (ada.get("/me").status_code, ada.refresh().status_code) == (200, 200)
    ended = [(*code(each), each.get_json()["reason"]) for each in (phone.get("/me"), phone.refresh())]
    assert ended == [(401, "session_ended", "password_changed")] * 2


def test_the_owner_is_told_by_mail(post: Post, ada: Browser) -> None:
    change(ada)

    notice = post.arrived(ada.email)[-1]

    assert (notice["Subject"], link_or_none(notice)) == ("Your password for localhost:8000 was changed", None)


def test_a_wrong_current_password_changes_nothing(post: Post, ada: Browser) -> None:
    post.arrived()
    before = facts(ada.app)

    assert change(ada, current="wrong") == (403, "invalid_password")

    assert facts(ada.app) == before


@pytest.mark.parametrize("weak", ["short", "password123", "ada@example.com", "Lovelace12", "x" * 129])
def test_a_weak_password_is_refused_with_reasons(ada: Browser, weak: str) -> None:
    answer = ada.post("/me/password", json={"current_password": PASSWORD, "new_password": weak})

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/new_password"]


def test_a_password_may_be_long_and_of_any_characters(ada: Browser) -> None:
    long = "\U0001f419\N{SNOWMAN}\u0000 lantern" * 11

    assert (len(long), change(ada, long)) == (121, (204, None))

    assert ada.log_in(long).get("/me").status_code == 200


def test_a_change_voids_the_reset_links(post: Post, ada: Browser) -> None:
    ada.post("/auth/password/forgot", json={"email": ada.email})
    token = post.token(ada.email, "reset")

    change(ada)

    answer = Person(post.app).post("/auth/password/reset", json={"token": token, "password": NEW})
    assert code(answer) == (422, "token_unusable")


def test_a_password_changed_meanwhile_is_not_the_current_one(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = passwords.hashed

    def overtaken(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", hashed)
        assert change(ada, "nine paper boats at sea") == (204, None)
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", overtaken)

    assert change(Service(ada.app, ada.email).log_in()) == (403, "invalid_password")

    assert ada.log_in("nine paper boats at sea").get("/me").status_code == 200


def test_a_change_makes_the_account_known_here_and_nowhere_else(ada: Browser) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    ada.post("/auth/login", json={"email": ada.email, "password": PASSWORD}, environ_overrides=elsewhere)

    change(ada)

    with ada.app.app_context():
        assert db.session.scalars(sa.select(KnownNetwork.network)).all() == ["127.0.0.1"]


def test_no_password_grows_too_old(ada: Browser) -> None:
    with time_machine.travel(clock.now() + timedelta(days=5 * 365)):
        assert ada.log_in().get("/me").status_code == 200
