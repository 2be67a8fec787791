"""Notices go to whoever had the address when it happened: they are what a thief would like to divert."""

import pytest
import sqlalchemy as sa

from app.kit.database import db, transaction
from app.users.models import User
from tests.cast import PASSWORD, Browser, Person
from tests.post import Post

OLD, NEW = "ada@example.com", "ada@lovelace.example"
LONGER = "seven purple umbrellas dancing"


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account, signed in, whose mailbox has a link to reset the password."""
    ada = Browser(post.app, OLD).register().log_in()
    ada.post("/auth/password/forgot", json={"email": OLD})
    return ada


def moved(post: Post) -> Post:
    """The post, after the account got its new address before the mails that wait have left."""
    with post.app.app_context(), transaction():
        db.session.execute(sa.update(User).values(email=NEW, email_key=NEW))
    return post


def test_of_a_move_the_old_address_is_told_even_if_the_move_was_faster(post: Post, ada: Browser) -> None:
    ada.post("/me/email", json={"email": NEW, "password": PASSWORD})

    assert "Your address at localhost:8000 is about to change" in moved(post).subjects(OLD)


def test_of_a_new_password_the_address_is_told_that_the_account_had(post: Post, ada: Browser) -> None:
    ada.post("/me/password", json={"current_password": PASSWORD, "new_password": LONGER})

    assert "Your password for localhost:8000 was changed" in moved(post).subjects(OLD)


def test_of_a_reset_the_address_is_told_that_was_proven(post: Post, ada: Browser) -> None:
    token = post.token(ada.email, "reset")

    Person(post.app).post("/auth/password/reset", json={"token": token, "password": LONGER})

    assert "Your password for localhost:8000 was reset" in moved(post).subjects(OLD)


def test_a_link_to_reset_serves_only_the_address_that_it_went_to(post: Post, ada: Browser) -> None:
    token = post.token(ada.email, "reset")  # made while a move was being written

    answer = Person(moved(post).app).post("/auth/password/reset", json={"token": token, "password": LONGER})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "token_unusable")
