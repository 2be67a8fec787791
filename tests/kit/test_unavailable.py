"""A database out of reach is 503 in time, never a success; and when it is back, so are we."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bench.sockets import free_port
from config import Config
from tests.cast import PASSWORD, Browser, Service
from tests.conftest import MakeApp
from tests.errors.shape import assert_refused

TASK = {"title": "Rest"}
IN_TIME = 10  # seconds: two are promised, and the machine may be busy
ASK: dict[str, Callable[[Service], TestResponse]] = {
    "a read": lambda robot: robot.get("/me"),
    "a list": lambda robot: robot.get("/tasks"),
    "a write": lambda robot: robot.post("/tasks", json=TASK),
    "a login by cookie": lambda robot: sign_in(robot, "/auth/login"),
    "a login by token": lambda robot: sign_in(robot, "/auth/token"),
    "a registration": lambda robot: sign_in(robot, "/auth/register"),
    "a refresh": lambda robot: robot.refresh(),
    "a logout": lambda robot: robot.post("/auth/logout"),
    "a step-up": lambda robot: robot.post("/auth/step-up", json={"password": PASSWORD}),
}


def sign_in(robot: Service, path: str) -> TestResponse:
    """What a stranger with these credentials is answered there."""
    return Browser(robot.app).post(path, json={"email": robot.email, "password": PASSWORD})


def moved(robot: Service, app: Flask) -> Service:
    """The same program, tokens in hand, in front of another application."""
    other = Service(app, robot.email)
    other.access_token, other.refresh_token = robot.access_token, robot.refresh_token
    return other


@pytest.fixture
def nowhere(config: Config, tmp_path: Path) -> str:
    """A database that is not there: a port that nobody listens on, a folder that is gone."""
    if config.database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'gone' / 'latchkey.db'}"
    return f"postgresql+psycopg://latchkey@127.0.0.1:{free_port()}/latchkey"


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_database_that_refuses_is_unavailable_in_time(
    make_app: MakeApp, robot: Service, nowhere: str, ask: Callable[[Service], TestResponse]
) -> None:
    cut_off = moved(robot, make_app(database_url=nowhere))
    began = monotonic()

    answer = ask(cut_off)

    assert monotonic() - began < IN_TIME
    assert_refused(answer, 503, "unavailable")
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("path", ["/livez", "/problems", "/problems/unavailable", "/openapi.json"])
def test_what_needs_no_database_is_answered_without_one(make_app: MakeApp, nowhere: str, path: str) -> None:
    stranger = Browser(make_app(database_url=nowhere))

    answer = stranger.get(path)

    assert answer.status_code == 200


def test_what_is_refused_anyway_is_refused_without_a_database(make_app: MakeApp, nowhere: str) -> None:
    stranger = Browser(make_app(database_url=nowhere))

    answers = [stranger.get("/me"), stranger.get("/nowhere"), stranger.post("/auth/login", json={})]

    assert [each.status_code for each in answers] == [401, 404, 422]


def test_the_answer_does_not_say_what_is_away(make_app: MakeApp, robot: Service, nowhere: str) -> None:
    cut_off = moved(robot, make_app(database_url=nowhere))

    answer = cut_off.get("/me")

    assert not [word for word in ("sql", "psycopg", "127.0.0.1", "gone", "/tmp") if word in answer.text.lower()]  # noqa: S108  a word to look for, not a file
