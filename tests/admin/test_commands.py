"""`flask users ...`: accounts made and changed from the command line."""

from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask

from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, code


def flask(app: Flask, *arguments: str, given: str | None = None) -> Result:
    """Run `flask users` with these arguments and this standard input."""
    return app.test_cli_runner().invoke(args=["users", *arguments], input=given)


def create(app: Flask, email: str, *arguments: str, password: str = PASSWORD) -> Result:
    """Create an account, the password coming by standard input."""
    return flask(app, "create", email, "--password-stdin", *arguments, given=f"{password}\n")


def test_create_prints_the_id_alone_and_the_account_is_ready(app: Flask) -> None:
    result = create(app, "ada@example.com", "--name", "Ada")

    user = Browser(app, "ada@example.com").log_in().get("/me").get_json()
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{user['id']}\n", "")
    assert (user["name"], user["roles"], user["email_verified"]) == ("Ada", ["user"], True)


def test_roles_may_be_given_at_once(app: Flask) -> None:
    create(app, "ada@example.com", "--role", "admin", "--role", "support", "--role", "user")

    assert Browser(app, "ada@example.com").log_in().get("/me").get_json()["roles"] == ["admin", "support", "user"]


def test_without_the_switch_the_password_is_asked_for_twice_and_not_shown(app: Flask) -> None:
    result = flask(app, "create", "ada@example.com", given=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert str(UUID(result.stdout.splitlines()[-1])) in "".join(dump(app)["users"])
    assert PASSWORD not in result.output
    assert Browser(app, "ada@example.com").log_in().get("/me").status_code == 200


def test_at_the_prompt_a_password_mistyped_the_second_time_is_asked_for_again(app: Flask) -> None:
    result = flask(app, "create", "ada@example.com", given=f"{PASSWORD}\nother\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert Browser(app, "ada@example.com").log_in().get("/me").status_code == 200


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_line_end_is_no_part_of_the_password(app: Flask, ending: str) -> None:
    flask(app, "create", "ada@example.com", "--password-stdin", given=f"{PASSWORD}{ending}")

    assert Browser(app, "ada@example.com").log_in().get("/me").status_code == 200


@pytest.mark.parametrize(
    ("email", "password", "word"),
    [
        ("no address", PASSWORD, "email: "),
        ("ada@example.com", "short", "password: "),
        ("ada@example.com", "password123", "password: "),
        ("ada@example.com", "", "password: "),
        ("ada@example.com", "x" * 129, "password: "),
        ("alice@EXAMPLE.com", PASSWORD, "account"),
    ],
)
@pytest.mark.usefixtures("alice")
def test_create_refuses_in_one_sentence_and_makes_nothing(app: Flask, email: str, password: str, word: str) -> None:
    before = dump(app)

    result = create(app, email, password=password)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert word in result.stderr
    assert len(password) < 6 or password not in result.stderr
    assert dump(app) == before


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\u202ename"])
def test_create_takes_no_name_that_the_api_would_not(app: Flask, name: str) -> None:
    result = create(app, "ada@example.com", "--name", name)

    assert (result.exit_code, type(result.exception), dump(app)["users"]) == (1, SystemExit, [])


def test_grant_and_revoke_count_from_the_next_request(alice: Browser) -> None:
    granted = flask(alice.app, "grant", "alice@EXAMPLE.com", "viewer")
    revoked = flask(alice.app, "revoke", alice.email, "user")

    assert [(result.exit_code, result.output) for result in (granted, revoked)] == [(0, "")] * 2
    assert alice.get("/me").get_json()["roles"] == ["viewer"]
    assert code(alice.post("/tasks", json={"title": "x"})) == (403, "permission_denied")


@pytest.mark.parametrize("command", ["grant", "revoke"])
@pytest.mark.parametrize("email", ["nobody@example.com", "no address", ""])
def test_nobodys_roles_cannot_be_changed(alice: Browser, command: str, email: str) -> None:
    before = dump(alice.app)

    result = flask(alice.app, command, email, "admin")

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert dump(alice.app) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["create"],
        ["create", "a@example.com", "--role", "root"],
        ["create", "a@example.com", "--password", "x"],
        ["create", "a@example.com", "b@example.com"],
        ["grant", "alice@example.com"],
        ["grant", "alice@example.com", "root"],
        ["grant", "alice@example.com", "Admin"],
        ["revoke"],
        ["unheard-of"],
    ],
)
def test_a_misspelt_command_is_a_usage_error(alice: Browser, arguments: list[str]) -> None:
    before = dump(alice.app)

    assert flask(alice.app, *arguments, given=f"{PASSWORD}\n").exit_code == 2
    assert dump(alice.app) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["create", "list", "show", "disable", "enable", "grant", "revoke", "set-password", "delete"]),
        (["create", "--help"], ["EMAIL", "--role", "--name", "--password-stdin", "print its id"]),
        (["grant", "--help"], ["EMAIL", "user", "viewer", "support", "admin", "next request"]),
        (["revoke", "--help"], ["EMAIL", "user", "viewer", "support", "admin", "next request"]),
    ],
)
def test_help_says_what_a_command_takes_and_does(app: Flask, arguments: list[str], words: list[str]) -> None:
    result = flask(app, *arguments)

    assert result.exit_code == 0
    assert [word for word in words if word not in result.stdout] == []
