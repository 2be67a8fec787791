"""The log: one line an event, in the form and from the level that is asked for."""

import json

import pytest
import structlog
from flask import Flask

from tests.cast import ORIGIN
from tests.conftest import MakeApp
from tests.kit.logbook import logbook
from tests.kit.writing import fall_over

LEVELS = ["debug", "info", "warning", "error"]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_below_the_level_is_not_said(make_app: MakeApp, level: str) -> None:
    with logbook() as log:
        make_app(log_level=level)
        for each in LEVELS:
            getattr(structlog.get_logger(), each)("something happened")

    said = [json.loads(line)["level"] for line in log.getvalue().splitlines()]
    assert said == LEVELS[LEVELS.index(level) :]


def test_outside_a_request_no_request_is_named(make_app: MakeApp) -> None:
    with logbook() as log:
        make_app(log_level="info")
        structlog.get_logger().info("something happened", where="here")

    logged = json.loads(log.getvalue())
    assert logged.keys() == {"event", "where", "level", "timestamp"}
    assert logged["timestamp"].endswith("Z")


def test_a_console_gets_a_line_for_people(make_app: MakeApp) -> None:
    with logbook() as log:
        make_app(log_level="info", log_format="console")
        structlog.get_logger().info("something happened")

    assert "something happened" in log.getvalue()
    assert not log.getvalue().startswith("{")
    assert "\x1b" not in log.getvalue()


def test_what_a_client_merely_mistypes_is_not_logged(make_app: MakeApp) -> None:
    with logbook() as log:
        app = make_app(log_level="info")
        answers = [ask(app, path) for path in ("/nowhere", "/problems/nothing")]

    assert [each for each in answers if each < 400] == []
    assert log.getvalue() == ""


def test_a_bug_is_logged_and_not_told(make_app: MakeApp) -> None:
    with logbook() as log:
        app = make_app(log_level="error")
        app.add_url_rule("/bug", view_func=fall_over)
        answer = app.test_client().get("/bug", base_url=ORIGIN)

    assert "ZeroDivisionError" in log.getvalue()
    assert not [word for word in ("ZeroDivision", "Traceback", "fall_over", ".py") if word in answer.text]


def ask(app: Flask, path: str) -> int:
    """The status that a stranger gets there."""
    return app.test_client().get(path, base_url=ORIGIN).status_code
