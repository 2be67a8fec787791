"""GET and PATCH /me: my account as it is, and its one changeable part."""

from typing import Any

import pytest

from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Role
from tests.auth.forging import bearer
from tests.cast import Browser, Service, code

BAD_NAMES: list[Any] = ["", "x" * 101, "a\nb", "a\tb", "a\u0000b", "a\u007fb", "a\u009fb", "\ud800"]
BAD_NAMES += ["\u061cname", "\u200ename", "\u200fname", "\u202aname", "\u202ename", "\u2066name", "\u2069name"]
BAD_NAMES += [1, 1.5, True, [], {}, ["Al"]]


def test_my_account_is_shown_with_nothing_but_what_the_contract_names(alice: Browser) -> None:
    user = alice.get("/me").get_json()

    assert user.keys() == {"id", "email", "name", "roles", "email_verified", "created_at"}
    assert (user["email"], user["name"], user["roles"]) == ("alice@example.com", "Alice", ["user"])


def test_my_account_is_nobody_elses_to_keep(alice: Browser) -> None:
    answer = alice.get("/me")

    assert answer.headers["Cache-Control"] == "no-store"


def test_each_caller_sees_their_own(alice: Browser, robot: Service) -> None:
    assert [person.get("/me").get_json()["email"] for person in (alice, robot)] == [alice.email, robot.email]


@pytest.mark.parametrize(
    "name",
    [
        "Al",
        "x",
        "x" * 100,
        "Ren\u00e9e \u0141uczak",
        "\u5f20\u4f1f",
        "O'Brien",
        "\U0001f469\u200d\U0001f680",
        None,
        "<b>Al</b>",
        " ",
    ],
)
def test_my_name_becomes_what_i_say(alice: Browser, name: str | None) -> None:
    answer = alice.patch("/me", json={"name": name})

    assert (answer.status_code, answer.get_json()["name"]) == (200, name)
    assert alice.get("/me").get_json() == answer.get_json()


def test_an_empty_change_changes_nothing(alice: Browser) -> None:
    before = alice.get("/me").get_json()

    answer = alice.patch("/me", json={})

    assert (answer.status_code, answer.get_json()) == (200, before)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_could_deceive_or_not_be_stored_is_pointed_at(alice: Browser, name: object) -> None:
    answer = alice.patch("/me", json={"name": name})

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/name"]
    assert alice.get("/me").get_json()["name"] == "Alice"


@pytest.mark.parametrize("field", ["email", "roles", "id", "email_verified", "password", "disabled", "created_at"])
def test_nothing_else_can_be_changed_here(alice: Browser, field: str) -> None:
    before = alice.get("/me").get_json()

    answer = alice.patch("/me", json={"name": "Al", field: before.get(field, True)})

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"/{field}"]
    assert alice.get("/me").get_json() == before


def test_a_change_of_mine_is_nobody_elses(alice: Browser, mallory: Browser) -> None:
    mallory.patch("/me", json={"name": "Mal"})

    assert alice.get("/me").get_json()["name"] == "Alice"


def turn(robot: Service, what: str, role: Role) -> None:
    """Grant or revoke a role, as an administrator does."""
    with robot.app.app_context(), transaction():
        (users.grant if what == "grant" else users.revoke)(users.id_of(robot.email), role)


def test_a_role_taken_away_counts_from_the_next_request_of_the_same_token(robot: Service) -> None:
    assert robot.get("/tasks").status_code == 200

    turn(robot, "revoke", Role.USER)

    assert [code(robot.get("/tasks")), code(robot.post("/tasks", json={"title": "x"}))] == [
        (403, "permission_denied")
    ] * 2
    assert robot.get("/me").get_json()["roles"] == []


def test_a_role_given_counts_from_the_next_request_of_the_same_token(robot: Service) -> None:
    turn(robot, "revoke", Role.USER)
    turn(robot, "grant", Role.VIEWER)

    found = [code(robot.get("/tasks")), code(robot.post("/tasks", json={"title": "x"}))]

    assert found == [(200, None), (403, "permission_denied")]
    assert robot.get("/me").get_json()["roles"] == ["viewer"]


def test_what_a_token_says_of_roles_opens_nothing(robot: Service) -> None:
    turn(robot, "grant", Role.ADMIN)
    token = robot.keep(robot.refresh()).access_token
    for role in Role:
        turn(robot, "revoke", role)

    assert code(robot.get("/tasks", headers=bearer(token))) == (403, "permission_denied")


@pytest.mark.parametrize("what", ["grant", "revoke"])
def test_to_grant_or_revoke_twice_is_as_good_as_once(robot: Service, what: str) -> None:
    for _ in range(2):
        turn(robot, what, Role.SUPPORT)

    assert ("support" in robot.get("/me").get_json()["roles"]) is (what == "grant")
