"""The headers that every answer carries, whatever it says."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.cast import Browser, Service
from tests.conftest import MakeApp
from tests.kit.writing import fall_over

Ask = Callable[[Service], TestResponse]
ANSWERS: dict[str, tuple[int, Ask]] = {
    "an answer": (200, lambda robot: robot.get("/me")),
    "an answer to a stranger": (200, lambda robot: Browser(robot.app).get("/livez")),
    "cookies": (200, lambda robot: Browser(robot.app, robot.email).log_in().refresh()),
    "tokens": (200, lambda robot: robot.refresh()),
    "OPTIONS": (200, lambda robot: robot.request("OPTIONS", "/tasks")),
    "HEAD": (200, lambda robot: robot.request("HEAD", "/tasks")),
    "something new": (201, lambda robot: robot.post("/tasks", json={"title": "Rest"})),
    "nothing": (204, lambda robot: robot.post("/auth/logout")),
    "malformed": (400, lambda robot: robot.post("/tasks", data="{", content_type="application/json")),
    "no credential": (401, lambda robot: Browser(robot.app).get("/me")),
    "a wrong one": (401, lambda robot: robot.post("/auth/login", json={"email": robot.email, "password": "wrong"})),
    "forgery": (403, lambda robot: robot.post("/auth/login", headers={"Origin": "https://evil.example"})),
    "no such path": (404, lambda robot: robot.get("/nowhere")),
    "no such task": (404, lambda robot: robot.get("/tasks/00000000-0000-7000-8000-000000000000")),
    "no such problem": (404, lambda robot: robot.get("/problems/nowhere")),
    "a wrong method": (405, lambda robot: robot.delete("/tasks")),
    "too large": (413, lambda robot: robot.post("/tasks", data=b"x" * 70_000)),
    "no JSON": (415, lambda robot: robot.post("/tasks", data=b"x")),
    "invalid": (422, lambda robot: robot.post("/tasks", json={})),
    "a bug": (500, lambda robot: robot.get("/api/bug")),
    "a part away": (503, lambda robot: robot.get("/api/away")),
}
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TELLING = ("Server", "X-Powered-By", "Via", "X-AspNet-Version", "Last-Modified", "ETag")


def _stay_away() -> NoReturn:
    raise OperationalError("SELECT 1", {}, ConnectionError())


@pytest.fixture
def troubled(make_app: MakeApp) -> Flask:
    """The application with two routes where things go wrong."""
    app = make_app()
    app.add_url_rule("/api/bug", view_func=fall_over)
    app.add_url_rule("/api/away", view_func=_stay_away)
    return app


@pytest.mark.parametrize(("status", "ask"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_is_shielded_and_kept_by_nobody(troubled: Flask, status: int, ask: Ask) -> None:
    robot = Service(troubled, "robot@example.com").register().log_in()

    answer = ask(robot)

    assert answer.status_code == status
    assert {name: answer.headers.getlist(name) for name in EXPECTED} == {name: [EXPECTED[name]] for name in EXPECTED}
    assert len(answer.headers.getlist("X-Request-ID")) == 1
    assert not [name for name in TELLING if name in answer.headers]


@pytest.mark.parametrize("path", ["/problems", "/problems/not_found", "/openapi.json"])
def test_what_is_the_same_for_everybody_may_be_kept_for_a_while(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/api/bug"])
@pytest.mark.parametrize(
    ("scheme", "cookie_secure", "expected"),
    [
        ("https", True, ["max-age=31536000"]),
        ("https", False, []),
        ("http", True, []),
        ("http", False, []),
    ],
)
def test_https_is_insisted_on_only_where_it_is_there_and_meant(
    make_app: MakeApp, path: str, scheme: str, *, cookie_secure: bool, expected: list[str]
) -> None:
    app = make_app(cookie_secure=cookie_secure)
    app.add_url_rule("/api/bug", view_func=fall_over)

    answer = app.test_client().get(path, base_url=f"{scheme}://localhost")

    assert answer.headers.getlist("Strict-Transport-Security") == expected
