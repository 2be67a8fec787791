"""A deletion that meets other changes of the same account: nobody deadlocks, and an old password deletes nothing."""

import pytest
import sqlalchemy as sa

from app.account import service as account
from app.audit.proofs import prove
from app.kit.database import db
from app.sessions.models import Session
from app.users.models import User
from app.users.service import Login
from tests.cast import PASSWORD, Browser, Service, code
from tests.patience import PATIENCE
from tests.post import Post
from tests.sessions.waiting import started, until_it_waits

FAREWELL = {"password": PASSWORD}


@pytest.fixture
def ada(post: Post) -> Service:
    """Somebody with an account, signed in."""
    return Service(post.app, "ada@example.com").register().log_in()


def test_a_deletion_takes_its_locks_in_the_order_of_a_reset(ada: Service) -> None:
    answers: list[tuple[int, str | None]] = []

    with ada.app.app_context(), db.engine.begin() as resetting:
        resetting.execute(sa.select(User.id).with_for_update(key_share=True))
        thread = started(lambda: answers.append(code(ada.delete("/me", json=FAREWELL))))
        until_it_waits(thread)
        resetting.execute(sa.delete(Session))
    thread.join(PATIENCE)

    assert answers == [(204, None)]


def test_a_password_that_was_changed_meanwhile_deletes_nothing(ada: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(*arguments: object, **options: object) -> Login:
        checked = prove(*arguments, **options)  # type: ignore[arg-type]  # as it was called
        monkeypatch.undo()
        body = {"current_password": PASSWORD, "new_password": "seven purple umbrellas dancing"}
        assert code(Browser(ada.app, ada.email).log_in().post("/me/password", json=body)) == (204, None)
        return checked

    monkeypatch.setattr(account, "prove", overtaken)

    assert code(ada.delete("/me", json=FAREWELL)) == (403, "invalid_password")
