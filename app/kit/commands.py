"""What every command has in common: one transaction, and refusals as one sentence with exit code 1."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

from app.kit.database import transaction
from app.kit.errors import Problem

P = ParamSpec("P")
R = TypeVar("R")


class Refused(click.ClickException):
    """The command understood, and did nothing (exit code 1)."""


def in_transaction(command: Callable[P, R]) -> Callable[P, R]:
    """Run the command in one transaction; a `Problem` becomes its sentences and exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction():
                return command(*args, **kwargs)
        except Problem as problem:
            raise Refused(_sentences(problem)) from None

    return wrapped


def _sentences(problem: Problem) -> str:
    errors: list[dict[str, Any]] = problem.members.get("errors", [])
    listed = [f"{error['pointer'].removeprefix('/')}: {error['detail']}" for error in errors]
    return "\n".join(listed) or problem.detail or problem.title
