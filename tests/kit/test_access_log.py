"""The access log: one line a request, which nobody can forge and in which no secret stands."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.kit.access_log import note_unparsed
from app.kit.problems import MalformedRequest
from tests.cast import API, ORIGIN, PASSWORD, Service
from tests.conftest import MakeApp
from tests.kit.writing import fall_over

Lines = Callable[[], list[dict[str, Any]]]
FIELDS = {
    "timestamp",
    "level",
    "event",
    "request_id",
    "method",
    "route",
    "path",
    "status",
    "code",
    "reason",
    "duration_ms",
    "bytes",
    "client",
    "user_id",
    "user_agent",
}
TOKEN = "Xy7_-abcdefghijklmnopqrstuvwxyz012345"
pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("log_as_before"),
]
HOSTILE = 'x"\r\n{"e":1}\u2028\x1b[1m\x00\x7f'  # shorter than what could be a token


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """What stands in the log since it was last read."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def logging(make_app: MakeApp, lines: Lines) -> Flask:
    """The application, which logs as it does by default."""
    app = make_app(log_level="info")
    lines()
    return app


def as_wsgi(path: str) -> str:
    """The path as servers hand it on: bytes, each as a character."""
    return path.encode().decode("latin1")


def ask(app: Flask, path: str, method: str = "GET", **options: Any) -> Any:
    """Ask as a stranger does."""
    return app.test_client().open(path, method=method, base_url=ORIGIN, **options)


def test_a_request_is_one_line_that_says_who_asked_what_and_what_became_of_it(logging: Flask, lines: Lines) -> None:
    robot = Service(logging, "robot@example.com").register().log_in()
    lines()

    answer = robot.get("/me", headers={"X-Request-ID": "a-name", "User-Agent": "robots/1.0"})

    (line,) = lines()
    assert line.keys() == FIELDS
    assert {**line, "timestamp": "", "duration_ms": 0} == {
        "timestamp": "",
        "level": "info",
        "event": "request",
        "request_id": "a-name",
        "method": "GET",
        "route": f"{API}/me",
        "path": f"{API}/me",
        "status": 200,
        "code": None,
        "reason": None,
        "duration_ms": 0,
        "bytes": len(answer.data),
        "client": "127.0.0.1",
        "user_id": answer.get_json()["id"],
        "user_agent": "robots/1.0",
    }
    assert line["timestamp"].endswith("Z")
    assert line["duration_ms"] > 0


def test_a_door_names_whom_it_let_in_and_nobody_else(logging: Flask, lines: Lines) -> None:
    robot = Service(logging, "robot@example.com").register()
    for password in (PASSWORD, f"not {PASSWORD}"):
        robot.post("/auth/token", json={"email": robot.email, "password": password})

    opened, shut = lines()[1:]

    assert opened["user_id"] == robot.log_in().get("/me").get_json()["id"]
    assert (shut["user_id"], shut["code"]) == (None, "invalid_credentials")


def test_the_query_is_not_logged(logging: Flask, lines: Lines) -> None:
    ask(logging, f"/problems?token={TOKEN}&cursor=abc")

    (line,) = lines()
    assert (line["route"], line["path"]) == ("/problems", "/problems")
    assert TOKEN not in json.dumps(line)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/verify/{TOKEN}", "/verify/..."),
        (f"{API}/tasks/{TOKEN}", f"{API}/tasks/..."),
        (f"{API}/tasks/0190a000-0000-7000-8000-000000000000", f"{API}/tasks/0190a000-0000-7000-8000-000000000000"),
        ("/" + "a/" * 400, "/" + "a/" * 99 + "a"),
        ("/" + "a/" * 90 + TOKEN, "/" + "a/" * 90 + "..."),
    ],
)
def test_what_could_be_a_token_in_a_path_is_not_logged(logging: Flask, lines: Lines, path: str, shown: str) -> None:
    ask(logging, path)

    (line,) = lines()
    assert line["path"] == shown


def test_nobody_writes_a_second_line(logging: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"HTTP_USER_AGENT": HOSTILE, "PATH_INFO": as_wsgi(f"/{HOSTILE}"), "REQUEST_METHOD": 'GET"\n'}

    ask(logging, "/", environ_overrides=environ)

    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["user_agent"], said["path"], said["method"]) == (HOSTILE, f"/{HOSTILE}", 'GET"\n')
    assert line.isascii()
    assert not [each for each in line if ord(each) < ord(" ")]


def test_nobody_writes_a_second_line_on_a_console_either(make_app: MakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app(log_level="info", log_format="console")
    capsys.readouterr()

    ask(app, "/", environ_overrides={"PATH_INFO": as_wsgi(f"/{HOSTILE}")})

    (line,) = capsys.readouterr().out.splitlines()
    assert "404 not_found" in line
    assert not [each for each in line if ord(each) < ord(" ") or not each.isascii()]


def test_a_token_in_a_user_agent_is_taken_out(logging: Flask, lines: Lines) -> None:
    robot = Service(logging, "robot@example.com").register().log_in()
    lines()

    robot.get("/me", headers={"User-Agent": f"curl {robot.access_token}"})

    (line,) = lines()
    assert line["user_agent"].startswith("curl [redacted]")


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["debug", "info", "info", "error"]),
        ("info", ["info", "info", "error"]),
        ("warning", ["error"]),
        ("error", ["error"]),
    ],
)
def test_probes_are_heard_at_debug_and_failures_of_ours_always(
    make_app: MakeApp, lines: Lines, level: str, heard: list[str]
) -> None:
    app = make_app(log_level=level)
    app.add_url_rule("/bug", view_func=fall_over)
    lines()

    for path in ("/livez", "/problems", "/nowhere", "/bug"):
        ask(app, path)

    assert [line["level"] for line in lines()] == heard


def test_a_log_that_nobody_reads_any_more_fails_no_request(logging: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())

    assert ask(logging, "/problems").status_code == 200


def test_what_was_no_request_has_a_line_too(logging: Flask, lines: Lines) -> None:
    note_unparsed(logging, MalformedRequest(), request_id="the-one-answered", client="192.0.2.7")

    (line,) = lines()
    assert line.keys() == FIELDS
    assert (line["status"], line["code"], line["request_id"]) == (400, "malformed_request", "the-one-answered")
    assert (line["client"], line["method"], line["path"]) == ("192.0.2.7", None, None)
