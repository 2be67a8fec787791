"""`flask users list|show|disable|enable|set-password|delete`: what the admin API does, from the command line."""

import json

import pytest
from flask import Flask

from tests.admin.looking_after import USERS, id_of, patched, why
from tests.admin.test_commands import flask
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Person, Service, code

NEW = "seven purple umbrellas dancing"


def login(who: Person, password: str) -> tuple[int, str | None]:
    """What a sign-in with this password comes to."""
    return code(Person(who.app).post("/auth/token", json={"email": who.email, "password": password}))


def test_the_list_is_that_of_the_api(admin: Browser, robot: Service) -> None:
    patched(admin, robot, disabled=True)

    result = flask(admin.app, "list", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (0, admin.get(USERS).get_json())


def test_a_long_list_is_whole(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kit.commands.MAX_LIMIT", 2)
    for number in range(4):
        Service(admin.app, f"robot{number}@example.com").register()

    assert len(flask(admin.app, "list").stdout.splitlines()) == 5
    assert [line.split()[-1] for line in flask(admin.app, "list", "--role", "admin").stdout.splitlines()] == [
        admin.email
    ]


def test_an_account_is_shown_as_by_the_api(admin: Browser, robot: Service) -> None:
    api = admin.get(f"{USERS}/{id_of(robot)}").get_json()

    shown, for_eyes = (flask(admin.app, "show", robot.email, *more) for more in (["--json"], []))

    assert (shown.exit_code, json.loads(shown.stdout)) == (0, api)
    assert all(word in for_eyes.stdout for word in (api["id"], robot.email, "unverified"))


def test_disable_ends_all_sessions_and_enable_brings_none_back(robot: Service) -> None:
    disabled = flask(robot.app, "disable", robot.email)
    shut = login(robot, PASSWORD)
    enabled = flask(robot.app, "enable", robot.email)

    assert [(each.exit_code, each.output) for each in (disabled, enabled)] == [(0, "")] * 2
    assert (shut, why(robot)) == ((403, "account_disabled"), [(401, "session_ended", "account_disabled")] * 2)
    assert login(robot, PASSWORD) == (200, None)


def test_another_password_opens_and_all_sessions_end(robot: Service) -> None:
    result = flask(robot.app, "set-password", robot.email, "--password-stdin", given=f"{NEW}\n")

    assert (result.exit_code, result.output) == (0, "")
    assert why(robot) == [(401, "session_ended", "password_changed")] * 2
    assert (login(robot, PASSWORD), login(robot, NEW)) == ((401, "invalid_credentials"), (200, None))
    assert any("password_changed" in row for row in dump(robot.app)["outbox"])


def test_another_password_is_asked_for_twice_and_not_shown(robot: Service) -> None:
    result = flask(robot.app, "set-password", robot.email, given=f"{NEW}\n{NEW}\n")

    assert (result.exit_code, login(robot, NEW)) == (0, (200, None))
    assert NEW not in result.output


@pytest.mark.parametrize("password", ["", "short", "password123", "robot@example.com", "x" * 129])
def test_a_password_that_the_api_would_refuse_is_refused(robot: Service, password: str) -> None:
    before = dump(robot.app)

    result = flask(robot.app, "set-password", robot.email, "--password-stdin", given=password)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert dump(robot.app) == before


def test_delete_takes_everything_and_tells_the_sessions(robot: Service) -> None:
    result = flask(robot.app, "delete", robot.email)

    assert (result.exit_code, result.output) == (0, "")
    assert why(robot) == [(401, "session_ended", "account_deleted")] * 2
    assert dump(robot.app)["users"] == []


@pytest.mark.parametrize("arguments", [["revoke", "EMAIL", "admin"], ["disable", "EMAIL"], ["delete", "EMAIL"]])
def test_the_last_admin_stays(admin: Browser, arguments: list[str]) -> None:
    before = dump(admin.app)

    result = flask(admin.app, *(word.replace("EMAIL", admin.email) for word in arguments))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "last admin" in result.stderr
    assert dump(admin.app) == before


@pytest.mark.parametrize("command", ["show", "disable", "enable", "set-password", "delete"])
def test_nobody_is_refused_in_one_sentence(alice: Browser, command: str) -> None:
    before = dump(alice.app)

    result = flask(alice.app, command, "nobody@example.com", given=f"{NEW}\n{NEW}\n")

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert dump(alice.app) == before


@pytest.mark.parametrize(
    "arguments", [["list", "x"], ["list", "--role", "root"], ["show"], ["delete"], ["set-password", "a@b.c", "secret"]]
)
def test_a_misspelt_command_is_a_usage_error(app: Flask, arguments: list[str]) -> None:
    assert flask(app, *arguments).exit_code == 2


@pytest.mark.parametrize("command", ["list", "show", "disable", "enable", "set-password", "delete"])
def test_help_says_what_a_command_does(app: Flask, command: str) -> None:
    said = flask(app, command, "--help").stdout

    assert said.split("\n\n")[1].endswith(".")
    assert ("EMAIL" in said) is (command != "list")
