"""Whoever is refused is found in the access log: who, what, from where and why, and nothing that opens anything."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp

NAMED = {"X-Request-ID": "the-try"}
TOLD = ("request_id", "user_id", "code", "reason", "method", "route", "client")
Told = Callable[[], list[dict[str, Any]]]
pytestmark = pytest.mark.usefixtures("log_as_before")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What the access log tells of refusals."""

    def told() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [{name: line[name] for name in TOLD} for line in lines if line["status"] in {401, 403, 429}]

    return told


def test_who_lacks_a_permission_is_named_with_the_route(make_app: MakeApp, told: Told) -> None:
    robot = Service(make_app(log_level="info"), "robot@example.com").register().log_in()
    me = robot.get("/me").get_json()["id"]
    answer = robot.delete(f"/admin/users/{me}", headers=robot.credentials("", "") | NAMED)

    assert code(answer) == (403, "permission_denied")
    assert told() == [
        {
            "request_id": "the-try",
            "user_id": me,
            "code": "permission_denied",
            "reason": None,
            "method": "DELETE",
            "route": "/api/v1/admin/users/<uuid:user_id>",
            "client": "127.0.0.1",
        }
    ]


def test_every_refusal_of_a_credential_is_told_with_its_code(make_app: MakeApp, told: Told) -> None:
    app = make_app(log_level="info")
    alice = Browser(app, "alice@example.com").register().log_in()
    alice.request("POST", "/tasks", json={}, headers={"X-CSRF-TOKEN": "wrong"})
    alice.post("/auth/step-up", json={"password": "wrong"})
    alice.post("/auth/logout")
    robot = Service(app, alice.email).log_in()
    robot.post("/auth/logout")
    robot.get("/me")
    robot.refresh("x.y.z")
    Person(app).get("/me")
    Person(app).post("/auth/login", json={"email": alice.email, "password": "wrong"})

    assert [f"{each['code']} {each['reason'] or ''}".strip() for each in told()] == [
        *("csrf_failed", "invalid_password", "session_ended logout", "refresh_invalid"),
        *("credentials_missing", "invalid_credentials"),
    ]


def test_nothing_that_was_sent_to_open_a_door_is_in_the_log(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "canary-7d1f"
    app = make_app(log_level="debug")
    stranger = Person(app, f"{canary}@example.com")
    headers = {"Authorization": f"Bearer {canary}", "Cookie": canary, "Origin": canary}
    answers = [
        stranger.get(f"/me?q={canary}", headers=headers),
        stranger.post("/auth/refresh", headers=headers),
        stranger.post("/auth/login", json={"email": stranger.email, "password": canary + PASSWORD}),
    ]

    said = "".join(capsys.readouterr())
    assert [each.status_code for each in answers] == [401, 401, 401]
    assert said.count('"status":401') == 3
    assert canary not in said
