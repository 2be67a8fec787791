"""Whoever is refused is found in the log: who, what, from where and why, and nothing that they sent."""

import json
from typing import Any

from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp
from tests.kit.logbook import logbook

NAMED = {"X-Request-ID": "the-try"}


def told(said: str) -> list[dict[str, Any]]:
    """The refusals in the log, without what every line has."""
    lines = [json.loads(line) for line in said.splitlines()]
    return [
        {name: value for name, value in line.items() if name not in {"timestamp", "level", "event"}}
        for line in lines
        if line["event"] == "refused"
    ]


def test_who_lacks_a_permission_is_named_with_the_route(make_app: MakeApp) -> None:
    with logbook() as log:
        robot = Service(make_app(log_level="info"), "robot@example.com").register().log_in()
        me = robot.get("/me").get_json()["id"]
        answer = robot.delete(f"/admin/users/{me}", headers=robot.credentials("", "") | NAMED)

    assert code(answer) == (403, "permission_denied")
    assert told(log.getvalue()) == [
        {
            "request_id": "the-try",
            "user_id": me,
            "code": "permission_denied",
            "method": "DELETE",
            "route": "/api/v1/admin/users/<uuid:user_id>",
            "ip": "127.0.0.1",
        }
    ]


def test_every_refusal_of_a_credential_is_told_with_its_code(make_app: MakeApp) -> None:
    with logbook() as log:
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

    assert [f"{each['code']} {each.get('reason', '')}".strip() for each in told(log.getvalue())] == [
        *("csrf_failed", "invalid_password", "session_ended logout", "refresh_invalid"),
        *("credentials_missing", "invalid_credentials"),
    ]


def test_nothing_that_was_sent_is_in_the_log(make_app: MakeApp) -> None:
    canary = "canary-7d1f"
    with logbook() as log:
        app = make_app(log_level="debug")
        stranger = Person(app, f"{canary}@example.com")
        headers = {"Authorization": f"Bearer {canary}", "User-Agent": canary, "Cookie": canary, "Origin": canary}
        answers = [
            stranger.get(f"/me?q={canary}", headers=headers),
            stranger.delete(f"/me/sessions/{canary}", headers=headers),
            stranger.post("/auth/refresh", headers=headers),
            stranger.post("/auth/login", json={"email": stranger.email, "password": canary + PASSWORD}),
        ]

    assert [each.status_code for each in answers] == [401, 404, 401, 401]
    assert len(told(log.getvalue())) == 3
    assert canary not in log.getvalue()
