"""What a view said becomes an answer: text that its schema made, counted in bytes, under headers of its own."""

from dataclasses import make_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.kit.answers import answered
from tests.cast import Service
from tests.conftest import MakeApp

NAME = "Zo\u00eb \N{ROWBOAT} </script>"
UNSHOWN: list[Any] = [datetime(2026, 11, 21, tzinfo=UTC), make_dataclass("Person", ["name"])("Zoë"), b"bytes", {1: 2}]


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The application with a view that has much to say."""
    app = make_app()
    app.add_url_rule(
        "/api/said", view_func=lambda: answered(({}, 202, {"Link": "<a>", "cache-control": "x"}), 200, None)
    )
    return app


def test_text_of_any_script_arrives_as_it_was_and_is_counted_in_bytes(robot: Service) -> None:
    robot.patch("/me", json={"name": NAME})

    answer = robot.get("/me")

    assert answer.get_json()["name"] == NAME
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/me", "/tasks", "/api/v1/openapi.json", "/.well-known/jwks.json", "/livez"])
def test_in_a_terminal_an_answer_stands_on_a_line_of_its_own(robot: Service, path: str) -> None:
    assert robot.get(path).text.endswith("}\n")


@pytest.mark.parametrize("body", UNSHOWN, ids=lambda body: type(body).__name__)
def test_what_no_schema_made_text_of_is_a_bug_and_not_shown_as_the_library_likes(app: Flask, body: Any) -> None:
    with app.test_request_context(), pytest.raises(TypeError):
        answered({"body": body}, 200, None)


def test_a_view_may_say_its_own_status_and_headers_and_is_not_contradicted(app: Flask) -> None:
    answer = app.test_client().get("/api/said")

    assert answer.status_code == 202
    assert [answer.headers.getlist(name) for name in ("Link", "Cache-Control")] == [["<a>"], ["x"]]
