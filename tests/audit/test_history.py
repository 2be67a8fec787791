"""GET /me/security-events and GET /admin/audit-events: what happened, to those whom it concerns."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from app.audit import service as audit
from app.audit.models import Action
from app.kit import clock
from app.kit.database import transaction
from app.kit.schemas import zulu
from app.users.roles import Role
from tests.access.people import somebody_who_is
from tests.audit.events import events
from tests.cast import Browser, Person, Service, code

MINE = "/me/security-events"
ALL = "/admin/audit-events"


def items(who: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    """What is listed."""
    answer = who.get(path, query_string={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.get_json()["items"]
    return listed


def test_my_history_is_mine_alone_newest_first(alice: Browser, mallory: Browser) -> None:
    mallory.patch("/me", json={"name": "Mallory"})

    told = items(alice, MINE)

    assert [each["action"] for each in told] == ["session.begun", "user.registered"]
    assert told[0].keys() == {"id", "action", "created_at", "ip", "user_agent", "session_id"}
    assert (told[0]["ip"], told[0]["user_agent"][:9]) == ("127.0.0.1", "Werkzeug/")


def test_from_where_somebody_else_did_it_is_not_shown(alice: Browser, admin: Browser) -> None:
    me = alice.get("/me").get_json()["id"]
    admin.patch(f"/admin/users/{me}", json={"name": "Alicia"})
    admin.delete(f"/admin/users/{me}/sessions")

    ended, renamed = items(alice.log_in(), MINE)[1:3]

    assert (ended["action"], renamed["action"]) == ("session.ended", "user.renamed")
    assert [ended["ip"], ended["user_agent"], renamed["ip"], renamed["user_agent"], renamed["session_id"]] == [None] * 5
    assert ended["session_id"] is not None


def test_the_history_comes_in_pages(alice: Browser) -> None:
    for name in ("Al", "Bea", "Cleo", "Dee"):
        alice.patch("/me", json={"name": name})

    first = alice.get(MINE, query_string={"limit": 4})
    second = alice.get(first.headers["Link"].partition(">")[0][1:])

    assert [len(each.get_json()["items"]) for each in (first, second)] == [4, 2]
    assert (second.get_json()["next_cursor"], "Link" in second.headers) == (None, False)


def test_an_auditor_sees_everything_of_everybody(app: Flask, alice: Browser) -> None:
    support = somebody_who_is(app, Role.SUPPORT)

    told = items(support, ALL)

    assert [each["action"] for each in told] == ["session.begun", "session.begun", "user.registered"]
    assert told[1].keys() == {
        *("id", "action", "created_at", "ip", "user_agent", "session_id"),
        *("actor_id", "subject_id", "request_id", "detail"),
    }
    assert told[1]["subject_id"] == told[1]["actor_id"] == alice.get("/me").get_json()["id"]
    assert told[2]["detail"] == {"roles": ["user"]}


def test_the_filters_find_whom_what_and_when(app: Flask, admin: Browser) -> None:
    whom, who = uuid4(), uuid4()
    began = clock.now() + timedelta(days=1)
    with app.app_context(), transaction():
        audit.record(Action.USER_RENAMED, subject_id=whom)
        audit.record(Action.USER_DISABLED, subject_id=whom, actor_id=who)
    moment = zulu(events(app)[-1].created_at)

    found = {
        "subject": [each["action"] for each in items(admin, ALL, user_id=whom)],
        "actor": [each["action"] for each in items(admin, ALL, user_id=who)],
        "kind": [each["subject_id"] for each in items(admin, ALL, action="user.renamed")],
        "since": [each["action"] for each in items(admin, ALL, since=moment)],
        "until": len(items(admin, ALL, until=moment)),
        "later": items(admin, ALL, since=zulu(began)),
    }

    assert found == {
        "subject": ["user.disabled", "user.renamed"],
        "actor": ["user.disabled"],
        "kind": [str(whom)],
        "since": ["user.disabled"],
        "until": len(events(app)) - 1,
        "later": [],
    }


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"user_id": "alice"}, (422, "validation_failed")),
        ({"action": "user.burnt"}, (422, "validation_failed")),
        ({"since": "yesterday"}, (422, "validation_failed")),
        ({"until": "2026-11-25"}, (422, "validation_failed")),
        ({"limit": "0"}, (422, "validation_failed")),
        ({"limit": "101"}, (422, "validation_failed")),
        ({"cursor": "x"}, (400, "malformed_request")),
    ],
)
def test_a_filter_that_says_nothing_is_refused(admin: Browser, query: dict[str, str], refused: tuple[int, str]) -> None:
    assert code(admin.get(ALL, query_string=query)) == refused


def test_who_may_not_audit_sees_nothing(robot: Service) -> None:
    assert code(robot.get(ALL)) == (403, "permission_denied")


def test_events_outlive_the_account_for_those_who_look_into_them(admin: Browser, robot: Service) -> None:
    gone = UUID(robot.get("/me").get_json()["id"])
    admin.delete(f"/admin/users/{gone}")

    assert items(admin, ALL, user_id=gone)[0]["action"] == "user.deleted"
