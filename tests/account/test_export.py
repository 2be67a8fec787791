"""Everything that is stored about somebody, in one document."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.kit import clock
from app.kit.database import Model, db
from tests.cast import PASSWORD, Browser, code
from tests.post import Post

EMAIL = "ada@example.com"
PEOPLE = Model.metadata.tables["users"]


@pytest.fixture
def ada(post: Post) -> Browser:
    """Somebody with an account and something of everything."""
    ada = Browser(post.app, EMAIL).register(name="Ada").log_in()
    ada.post("/tasks", json={"title": "Weave algebraical patterns"})
    post.arrived()
    ada.post("/me/email", json={"email": "countess@example.com", "password": PASSWORD})
    Browser(post.app, "bob@example.com").register(name="Bob").log_in().post("/tasks", json={"title": "Bob's own"})
    return ada


def exported(who: Browser) -> dict[str, Any]:
    """The document."""
    answer = who.get("/me/export")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def test_the_document_has_the_account_and_all_that_belongs_to_it(ada: Browser) -> None:
    document = exported(ada)

    tables = document["tables"]
    assert document["user"] == ada.get("/me").get_json()
    assert [task["title"] for task in tables["tasks"]] == ["Weave algebraical patterns"]
    assert [role["role"] for role in tables["user_roles"]] == ["user"]
    assert {mail["address"] for mail in tables["outbox"]} == {EMAIL, "countess@example.com"}
    assert (len(tables["sessions"]), len(tables["mailed_tokens"]), len(tables["users"])) == (1, 1, 1)
    assert tables["sessions"][0]["user_agent"].startswith("Werkzeug/")
    assert tables["users"][0]["created_at"].endswith("Z")


def test_nothing_of_anybody_else_is_in_it(ada: Browser) -> None:
    assert "bob" not in repr(exported(ada)).lower()


def test_every_table_that_names_an_owner_is_in_it(ada: Browser) -> None:
    owned = {
        table.name
        for table in Model.metadata.sorted_tables
        if any(key.column.table is PEOPLE for key in table.foreign_keys)
    }

    assert exported(ada)["tables"].keys() == {"users", "audit_events"} | owned
    assert owned >= {"sessions", "tasks", "user_roles"}


def test_what_happened_to_the_account_is_in_it(ada: Browser) -> None:
    told = [event["action"] for event in exported(ada)["tables"]["audit_events"]]

    assert told == ["user.registered", "session.begun", "email.change-asked"]


def test_what_would_open_something_is_left_out(post: Post, ada: Browser) -> None:
    said = repr(exported(ada))

    with post.app.app_context():
        kept = db.session.execute(
            sa.text("SELECT password_hash, refresh_jti, digest FROM users, sessions, mailed_tokens")
        ).all()
    assert len(kept) > 0
    assert [secret for row in kept for secret in row if secret in said] == []


def test_only_a_fresh_proof_of_the_password_opens_it(ada: Browser) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        stale = ada.get("/me/export")
        ada.post("/auth/step-up", json={"password": PASSWORD})

        assert code(stale) == (403, "fresh_login_required")
        assert exported(ada)["user"]["email"] == EMAIL
