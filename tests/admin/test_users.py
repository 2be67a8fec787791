"""/admin/users: accounts found, shown, changed and deleted by those who look after them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask

from app.kit import clock
from app.users.roles import Role
from tests.admin.looking_after import USERS, account, id_of, patched, why
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.post import Post


def emails(admin: Person, **query: Any) -> list[str]:
    """Whom the list shows."""
    answer = admin.get(USERS, query_string=query)
    assert answer.status_code == 200, answer.text
    return [each["email"] for each in answer.get_json()["items"]]


@pytest.fixture
def robot_and_alice(app: Flask) -> None:
    """Two accounts, the second disabled."""
    Service(app, "robot@example.com").register(name="R2 D2")
    Browser(app, "alice@example.com").register(name="Alice 100%")


def test_an_account_is_shown_as_to_its_owner_with_whether_it_is_disabled(admin: Browser, robot: Service) -> None:
    mine = robot.get("/me").get_json()

    shown = admin.get(f"{USERS}/{mine['id']}").get_json()

    assert shown == {**mine, "disabled": False}
    assert shown in admin.get(USERS).get_json()["items"]


@pytest.mark.usefixtures("robot_and_alice")
def test_the_list_finds_by_a_part_of_the_address_or_the_name(admin: Browser) -> None:
    found = {q: emails(admin, q=q) for q in ("ROBOT", "100%", "r2 d", "%", "_", "nobody", "")}

    assert found == {
        "ROBOT": ["robot@example.com"],
        "100%": ["alice@example.com"],
        "r2 d": ["robot@example.com"],
        "%": ["alice@example.com"],
        "_": [],
        "nobody": [],
        "": ["admin@example.com", "alice@example.com", "robot@example.com"],
    }


def test_the_list_finds_among_accounts_without_a_name(admin: Browser, robot: Service) -> None:
    assert robot.get("/me").get_json()["name"] is None

    assert [emails(admin, q="robot@"), emails(admin, q="admin@")] == [[robot.email], [admin.email]]


@pytest.mark.usefixtures("robot_and_alice")
def test_the_list_finds_by_role_and_by_state(admin: Browser) -> None:
    alice = Browser(admin.app, "alice@example.com")
    patched(admin, alice, disabled=True, roles=["viewer"])

    assert emails(admin, role="viewer") == emails(admin, disabled="true") == [alice.email]
    assert emails(admin, role="user", disabled="false") == [admin.email, "robot@example.com"]


@pytest.mark.usefixtures("robot_and_alice")
def test_the_list_comes_in_pages(admin: Browser) -> None:
    first = admin.get(USERS, query_string={"limit": 2, "q": "example"})
    second = admin.get(first.headers["Link"].partition(">")[0][1:])

    assert [len(each.get_json()["items"]) for each in (first, second)] == [2, 1]
    assert second.get_json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"role": "root"}, (422, "validation_failed")),
        ({"disabled": "yes"}, (422, "validation_failed")),
        ({"disabled": "1"}, (422, "validation_failed")),
        ({"disabled": ""}, (422, "validation_failed")),
        ({"limit": "101"}, (422, "validation_failed")),
        ({"cursor": "%%"}, (400, "malformed_request")),
    ],
)
def test_a_filter_that_says_nothing_is_refused(admin: Browser, query: dict[str, str], refused: tuple[int, str]) -> None:
    assert code(admin.get(USERS, query_string=query)) == refused


def test_roles_count_from_the_next_request(admin: Browser, robot: Service) -> None:
    granted = patched(admin, robot, roles=["support", "viewer", "support"])
    seen = [robot.get("/me").get_json()["roles"], robot.get(USERS).status_code]
    taken = patched(admin, robot, roles=[])

    assert (granted.status_code, granted.get_json()["roles"], seen) == (
        200,
        ["support", "viewer"],
        [["support", "viewer"], 200],
    )
    assert (taken.get_json()["roles"], robot.get("/me").get_json()["roles"]) == ([], [])
    assert code(robot.get(USERS)) == code(robot.get("/tasks")) == (403, "permission_denied")


def test_a_name_is_changed_and_taken_away(admin: Browser, robot: Service) -> None:
    assert patched(admin, robot, name="R2").get_json()["name"] == "R2"
    assert patched(admin, robot, name=None).get_json()["name"] is None
    assert patched(admin, robot).status_code == 200


def test_a_disabled_account_s_sessions_end_and_stay_ended(admin: Browser, robot: Service) -> None:
    assert patched(admin, robot, disabled=True).get_json()["disabled"] is True
    ended = why(robot)
    shut = Person(robot.app).post("/auth/login", json={"email": robot.email, "password": PASSWORD})

    assert patched(admin, robot, disabled=False).get_json()["disabled"] is False

    assert ended == why(robot) == [(401, "session_ended", "account_disabled")] * 2
    assert code(shut) == (403, "account_disabled")
    assert robot.log_in().get("/me").status_code == 200


def test_a_mailed_link_does_not_outlive_a_disabling(post: Post) -> None:
    ada = Browser(post.app, "ada@example.com").register()
    ada.post("/auth/password/forgot", json={"email": ada.email})
    token = post.token(ada.email, "reset")
    boss = account(post.app, "boss@example.com", Role.ADMIN)

    patched(boss, ada, disabled=True)
    patched(boss, ada, disabled=False)

    answer = ada.post("/auth/password/reset", json={"token": token, "password": "nine paper boats at sea"})
    assert code(answer) == (422, "token_unusable")


@pytest.mark.parametrize(
    "body",
    [
        {"roles": ["root"]},
        {"roles": None},
        {"roles": "admin"},
        {"roles": [None]},
        {"roles": ["user"] * 33},
        {"disabled": "true"},
        {"disabled": 1},
        {"disabled": None},
        {"name": ""},
        {"email": "other@example.com"},
        {"email_verified": True},
        {"password": PASSWORD},
    ],
)
def test_what_may_not_be_changed_so_is_refused_and_changes_nothing(
    admin: Browser, robot: Service, body: dict[str, Any]
) -> None:
    before = dump(admin.app)

    assert code(patched(admin, robot, **body)) == (422, "validation_failed")
    assert dump(admin.app) == before


def test_a_deleted_account_is_gone_and_its_sessions_are_told(admin: Browser, robot: Service) -> None:
    where = f"{USERS}/{id_of(robot)}"
    robot.post("/tasks", json={"title": "Rest"})

    assert code(admin.delete(where)) == (204, None)

    assert why(robot) == [(401, "session_ended", "account_deleted")] * 2
    assert code(admin.get(where)) == code(admin.delete(where)) == (404, "not_found")
    assert dump(admin.app)["tasks"] == []


@pytest.mark.parametrize(
    ("method", "below"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/sessions"), ("DELETE", "/sessions")],
)
def test_nobody_is_not_found(admin: Browser, method: str, below: str) -> None:
    answers = [admin.request(method, f"{USERS}/{each}{below}", json={"name": "x"}) for each in (uuid4(), "x")]

    assert [code(each) for each in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_changing_and_deleting_want_a_fresh_proof(admin: Browser, robot: Service, method: str) -> None:
    where = f"{USERS}/{id_of(robot)}"
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        stale = code(admin.request(method, where, json={}))
        admin.post("/auth/step-up", json={"password": PASSWORD})
        proven = admin.request(method, where, json={}).status_code

    assert stale == (403, "fresh_login_required")
    assert proven in {200, 204}


def test_the_sessions_of_somebody_are_shown_and_ended(admin: Browser, robot: Service, alice: Browser) -> None:
    where = f"{USERS}/{id_of(robot)}/sessions"
    shown = admin.get(where).get_json()["items"]

    assert code(admin.delete(where)) == (204, None)

    assert shown == [{**robot_session, "current": False} for robot_session in shown]
    assert why(robot) == [(401, "session_ended", "revoked_by_admin")] * 2
    assert (admin.get(where).get_json()["items"], alice.get("/me").status_code) == ([], 200)


def test_support_looks_and_ends_and_changes_nothing(app: Flask, robot: Service) -> None:
    support = account(app, "support@example.com", Role.SUPPORT)
    where = f"{USERS}/{id_of(robot)}"

    outcomes = [
        support.get(USERS).status_code,
        support.get(f"{where}/sessions").status_code,
        support.delete(f"{where}/sessions").status_code,
        support.get("/admin/audit-events").status_code,
        *(code(each) for each in (support.patch(where, json={"roles": ["admin"]}), support.delete(where))),
    ]

    assert outcomes == [200, 200, 204, 200, (403, "permission_denied"), (403, "permission_denied")]


def test_what_an_admin_did_is_told_with_who_and_to_whom(admin: Browser, robot: Service) -> None:
    patched(admin, robot, disabled=True, roles=["viewer"], name="R2")

    told = admin.get("/admin/audit-events", query_string={"user_id": id_of(admin), "limit": 6}).get_json()["items"]

    assert [each["action"] for each in reversed(told)][-5:] == [
        *("role.granted", "role.revoked", "user.disabled", "session.ended", "user.renamed"),
    ]
    assert {(each["actor_id"], each["subject_id"]) for each in told[:5]} == {(str(id_of(admin)), str(id_of(robot)))}
    assert {each["session_id"] for each in told[:5] if each["action"] != "session.ended"} == {
        admin.get("/me/sessions").get_json()["items"][0]["id"]
    }
