"""`flask sessions list|end|end-all`: who is signed in, from the command line."""

import json

import pytest
from click.testing import Result
from flask import Flask

from tests.auth.forging import claims_of
from tests.cast import PASSWORD, Browser, Service, code


def flask(app: Flask, *arguments: str) -> Result:
    """Run `flask sessions` with these arguments."""
    return app.test_cli_runner().invoke(args=["sessions", *arguments])


def why(who: Service | Browser) -> str:
    """Why somebody's session ended."""
    answer = who.get("/me")
    assert code(answer) == (401, "session_ended")
    return str(answer.get_json()["reason"])


def test_the_list_is_that_of_the_api(robot: Service) -> None:
    Service(robot.app, robot.email).log_in()
    api = robot.get("/me/sessions").get_json()

    result = flask(robot.app, "list", "ROBOT@example.com", "--json")

    for each in api["items"]:
        each["current"] = False
    assert (result.exit_code, json.loads(result.stdout)) == (0, api)


def test_the_list_for_eyes_has_a_line_for_each(robot: Service) -> None:
    result = flask(robot.app, "list", robot.email)

    (line,) = result.stdout.splitlines()
    assert line.startswith(claims_of(robot.access_token)["sid"])
    assert "127.0.0.1" in line


def test_what_a_browser_calls_itself_gives_the_terminal_no_orders(app: Flask) -> None:
    robot = Service(app, "robot@example.com").register()
    agent = {"User-Agent": "\x1b]0;owned\x07\x1b[31mred\x9bm\x7f"}
    robot.keep(robot.post("/auth/token", json={"email": robot.email, "password": PASSWORD}, headers=agent))

    (line,) = flask(app, "list", robot.email).stdout.splitlines()

    assert "red" in line
    assert line.isprintable()


def test_one_ends_and_is_told_why(robot: Service) -> None:
    phone = Service(robot.app, robot.email).log_in()

    result = flask(robot.app, "end", claims_of(phone.access_token)["sid"])

    assert (result.exit_code, result.output, why(phone)) == (0, "", "revoked_by_admin")
    assert robot.get("/me").status_code == 200


def test_all_of_one_person_end(robot: Service, alice: Browser) -> None:
    result = flask(robot.app, "end-all", robot.email)

    assert (result.exit_code, result.stdout, why(robot)) == (0, "1\n", "revoked_by_admin")
    assert alice.get("/me").status_code == 200


def test_all_of_everybody_end(robot: Service, alice: Browser) -> None:
    result = flask(robot.app, "end-all")

    assert (result.exit_code, result.stdout) == (0, "2\n")
    assert {why(robot), why(alice)} == {"revoked_by_admin"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "nobody@example.com"],
        ["end", "01939c5e-0000-7000-8000-000000000000"],
        ["end-all", "nobody@example.com"],
        ["end-all", ""],
    ],
)
def test_nobodys_sessions_are_refused_in_one_sentence(robot: Service, arguments: list[str]) -> None:
    result = flask(robot.app, *arguments)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert robot.get("/me").status_code == 200


@pytest.mark.parametrize("arguments", [["list"], ["end"], ["end", "x"], ["end-all", "a@example.com", "b@example.com"]])
def test_a_misspelt_command_is_a_usage_error(app: Flask, arguments: list[str]) -> None:
    assert flask(app, *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["list", "end", "end-all", "prune"]),
        (["list", "--help"], ["EMAIL", "--json", "newest first"]),
        (["end", "--help"], ["ID", "next request"]),
        (["end-all", "--help"], ["EMAIL", "everybody", "how many"]),
    ],
)
def test_help_says_what_a_command_takes(app: Flask, arguments: list[str], words: list[str]) -> None:
    said = flask(app, *arguments).stdout

    assert [word for word in words if word not in said] == []
