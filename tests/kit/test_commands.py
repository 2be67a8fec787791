"""A command is one transaction, and a refusal is one sentence each with exit code 1."""

from pathlib import Path
from typing import NoReturn

import click
import pytest
from flask import Flask
from flask.cli import AppGroup

from app.kit.commands import Refused, in_transaction
from app.kit.problems import NotFound, ValidationFailed
from bench.sockets import free_port
from tests.conftest import MakeApp
from tests.kit.writing import Refusal, StandingRefusal, write, written

WRONG = ValidationFailed(
    members={
        "errors": [
            {"pointer": "/email", "detail": "This is no address."},
            {"pointer": "/password", "detail": "This is too short."},
        ]
    }
)


def with_commands(app: Flask) -> Flask:
    """The application with `flask test keep` and `flask test fail`."""
    group = AppGroup("test")

    @group.command("keep")
    @in_transaction
    def keep() -> None:
        write("first")
        click.echo("kept")

    @group.command("fail")
    @click.argument("how", type=click.Choice(list(FAILURES)))
    @in_transaction
    def fail(how: str) -> NoReturn:
        write("first")
        raise FAILURES[how]

    app.cli.add_command(group)
    return app


FAILURES: dict[str, Exception] = {
    "title": NotFound(),
    "detail": NotFound("No such thing."),
    "class": Refusal(),
    "standing": StandingRefusal(),
    "fields": WRONG,
    "refused": Refused("Not today."),
    "bug": ZeroDivisionError(),
}


def test_a_command_that_ends_well_keeps_what_it_wrote(make_app: MakeApp) -> None:
    app = with_commands(make_app())

    result = app.test_cli_runner().invoke(args=["test", "keep"])

    assert (result.exit_code, result.stdout) == (0, "kept\n")
    assert written(app) == {"first"}


@pytest.mark.parametrize(
    ("how", "said", "kept"),
    [
        ("title", "Error: There is nothing here, or it is not yours.\n", set()),
        ("detail", "Error: No such thing.\n", set()),
        ("class", "Error: No, and nothing of it stays.\n", set()),
        ("standing", "Error: No, but what was written stays.\n", {"first"}),
        ("fields", "Error: email: This is no address.\npassword: This is too short.\n", set()),
        ("refused", "Error: Not today.\n", set()),
    ],
)
def test_a_refused_command_says_why_and_exits_with_1(make_app: MakeApp, how: str, said: str, kept: set[str]) -> None:
    app = with_commands(make_app())

    result = app.test_cli_runner().invoke(args=["test", "fail", how])

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
    assert written(app) == kept


def test_a_command_that_falls_over_keeps_nothing(make_app: MakeApp) -> None:
    app = with_commands(make_app())

    result = app.test_cli_runner().invoke(args=["test", "fail", "bug"])

    assert isinstance(result.exception, ZeroDivisionError)
    assert written(app) == set()


def test_a_command_that_is_misused_exits_with_2(make_app: MakeApp) -> None:
    app = with_commands(make_app())

    result = app.test_cli_runner().invoke(args=["test", "fail", "otherwise"])

    assert result.exit_code == 2


@pytest.mark.parametrize("arguments", [["users", "list"], ["sessions", "prune"], ["audit", "export"], ["keys", "list"]])
def test_a_database_that_is_not_there_is_told_in_a_sentence(
    make_app: MakeApp, tmp_path: Path, arguments: list[str]
) -> None:
    away = f"postgresql+psycopg://latchkey:secret-7d1f@127.0.0.1:{free_port()}/latchkey"
    for url in (f"sqlite:///{tmp_path / 'empty.db'}", away):
        result = make_app(database_url=url).test_cli_runner().invoke(args=arguments)

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: The database: ")
        assert result.stderr.endswith("Is it up, and migrated (flask db upgrade)?\n")
        assert "secret-7d1f" not in result.stderr
