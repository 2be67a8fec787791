"""`X-Request-ID` names a request: the client's word if it is a plain one, else ours."""

import json
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import ORIGIN, Browser
from tests.conftest import MakeApp
from tests.kit.logbook import logbook
from tests.kit.writing import fall_over

OURS = re.compile(r"[A-Za-z0-9_-]{32}")
PLAIN = ("a", "7", "-", ".", "_", "f" * 64, "01890a5d-ac96-774b-bcce-b302099a8057", "Root-1_6789.a")
ODD = {
    "nothing": "",
    "too long": "a" * 65,
    "far too long": "a" * 8000,
    "a space": "a b",
    "a space at the end": "a ",
    "a line end": "a\n",
    "another line of the log": 'a\n{"level": "critical", "event": "all is lost"}',
    "a carriage return": "a\rb",
    "a terminal's escape": "\x1b[31ma",
    "NUL": "a\x00",
    "quotes": 'a"b',
    "a backslash": "a\\n",
    "markup": "<script>",
    "a format": "%s%n",
    "a lookup": "${jndi:ldap://evil.example}",
    "a path": "../a",
    "two of them": "a,b",
    "Latin-1": "\xfc",
    "full-width digits": "\N{FULLWIDTH DIGIT ONE}".encode().decode("latin-1"),
}


def ask(app: Flask, sent: str, path: str = "/livez") -> TestResponse:
    """What is answered to a request with this name, as a server hands it on."""
    return app.test_client().get(path, base_url=ORIGIN, environ_overrides={"HTTP_X_REQUEST_ID": sent})


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_is_taken_over(app: Flask, name: str) -> None:
    answer, refusal = ask(app, name), ask(app, name, "/nowhere")

    assert answer.headers["X-Request-ID"] == name
    assert refusal.headers["X-Request-ID"] == refusal.get_json()["request_id"] == name


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_any_other_name_is_replaced(app: Flask, name: str) -> None:
    refusal = ask(app, name, "/nowhere")

    made = refusal.get_json()["request_id"]
    assert OURS.fullmatch(made)
    assert refusal.headers.getlist("X-Request-ID") == [made]


def test_without_a_name_each_request_gets_its_own(stranger: Browser) -> None:
    names = [stranger.get("/livez").headers["X-Request-ID"] for _ in range(3)]

    assert len(set(names)) == 3
    assert all(OURS.fullmatch(each) for each in names)


@pytest.mark.parametrize("name", ["plain-1", ODD["another line of the log"]])
def test_a_bug_is_logged_once_on_one_line_under_the_name_in_the_answer(make_app: MakeApp, name: str) -> None:
    with logbook() as log:
        app = make_app(log_format="json")
        app.add_url_rule("/bug", view_func=fall_over)

        answer = ask(app, name, "/bug")

    (line,) = log.getvalue().splitlines()
    logged = json.loads(line)
    assert answer.status_code == 500
    assert logged["request_id"] == answer.get_json()["request_id"] == answer.headers["X-Request-ID"]
    assert logged["level"] == "error"
    assert "ZeroDivisionError" in logged["exception"]
