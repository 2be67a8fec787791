"""Deleting one's account: everything personal is gone, and nobody is left without an admin."""

from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit.database import db, transaction
from app.tasks import service as tasks
from app.tasks.models import Task
from app.users import service as users
from app.users.models import User
from app.users.roles import Role
from tests.auth.tables import dump, facts
from tests.cast import PASSWORD, Browser, Service, code
from tests.post import Post

EMAIL = "ada@example.com"
FAREWELL = {"password": PASSWORD}


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account and something of everything."""
    ada = Browser(post.app, EMAIL).register(name="Ada Lovelace").log_in()
    ada.post("/tasks", json={"title": "Weave algebraical patterns"})
    ada.post("/auth/password/forgot", json={"email": EMAIL})
    post.arrived()
    ada.post("/me/email", json={"email": "countess@example.com", "password": PASSWORD})
    ada.post("/auth/password/forgot", json={"email": "Ada@EXAMPLE.com"})
    return ada


def make_admin(app: Flask, email: str) -> Service:
    """An admin, signed in."""
    with app.app_context(), transaction():
        users.add(email, PASSWORD, name=None, roles=[Role.USER, Role.ADMIN], verified=True)
    return Service(app, email).log_in()


def test_an_account_goes_with_everything_personal(post: Post, ada: Browser) -> None:
    assert code(ada.delete("/me", json=FAREWELL)) == (204, None)

    held = dump(post.app)
    said = repr(held)
    assert [word for word in (EMAIL, "countess", "Lovelace", "algebraical") if word in said] == []
    assert {name for name, rows in held.items() if rows} == {"audit_events", "blocklist", "key_ring", "signing_keys"}


def test_all_its_sessions_are_told_why_they_ended(ada: Browser) -> None:
    phone = Service(ada.app, EMAIL).log_in()

    ada.delete("/me", json=FAREWELL)

    answers = [ada.get("/me"), ada.refresh(), phone.get("/tasks"), phone.refresh()]
    assert [(*code(each), each.get_json()["reason"]) for each in answers] == [
        (401, "session_ended", "account_deleted")
    ] * 4


def test_a_wrong_password_deletes_nothing(post: Post, ada: Browser) -> None:
    before = facts(post.app)

    answers = [ada.delete("/me", json=body) for body in ({"password": "wrong"}, {}, {**FAREWELL, "sure": True})]

    assert [code(each)[1] for each in answers] == ["invalid_password", "validation_failed", "validation_failed"]
    assert facts(post.app) == before


def test_the_address_is_free_again(ada: Browser) -> None:
    ada.delete("/me", json=FAREWELL)

    again = Browser(ada.app, EMAIL).register("nine paper boats at sea").log_in("nine paper boats at sea")

    assert again.get("/tasks").get_json()["items"] == []


def test_the_last_admin_stays(post: Post) -> None:
    last = make_admin(post.app, "root@example.com")

    assert code(last.delete("/me", json=FAREWELL)) == (409, "last_admin")

    assert last.get("/me").status_code == 200
    make_admin(post.app, "second@example.com")
    assert code(last.delete("/me", json=FAREWELL)) == (204, None)


def test_a_disabled_admin_looks_after_nobody(post: Post) -> None:
    last = make_admin(post.app, "root@example.com")
    make_admin(post.app, "second@example.com")
    with post.app.app_context(), transaction():
        disabled = sa.update(User).where(User.email == "second@example.com")
        db.session.execute(disabled.values(disabled_at=sa.func.current_timestamp()))

    assert code(last.delete("/me", json=FAREWELL)) == (409, "last_admin")


def test_two_admins_who_leave_at_once_leave_one_behind(post: Post) -> None:
    for _ in range(5):
        admins = [make_admin(post.app, f"{name}@example.com") for name in ("first", "second")]
        gate, outcomes = Barrier(2), list[tuple[int, str | None]]()

        def leave(who: Service, gate: Barrier = gate, outcomes: list[tuple[int, str | None]] = outcomes) -> None:
            gate.wait()
            outcomes.append(code(who.delete("/me", json=FAREWELL)))

        threads = [Thread(target=leave, args=[who]) for who in admins]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == [(204, None), (409, "last_admin")]
        with post.app.app_context(), transaction():
            db.session.execute(sa.delete(User))


def test_a_task_that_comes_too_late_finds_no_owner(post: Post, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(owner_id: UUID, **fields: Any) -> Task:
        monkeypatch.undo()  # the service is whole again
        Service(post.app, EMAIL).log_in().delete("/me", json=FAREWELL)
        return tasks.add(owner_id, **fields)

    monkeypatch.setattr(tasks, "add", overtaken)

    assert code(ada.post("/tasks", json={"title": "Too late"})) == (404, "not_found")
