"""What every command has in common: one transaction, and refusals as sentences with exit code 1, no traceback."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask.cli import AppGroup
from flask.json import dumps
from marshmallow import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kit.database import transaction
from app.kit.errors import Problem
from app.kit.paging import MAX_LIMIT, Page
from app.kit.schemas import BIDI, CONTROLS, Moment
from environment import span

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
LONGEST = timedelta(days=36500)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Refused(click.ClickException):
    """The command understood, and did nothing (exit code 1)."""


class Commands(AppGroup):
    """A group of commands. Of a database that is away, not migrated, or not theirs to change, they tell in a line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (OperationalError, InterfaceError, ProgrammingError, PoolTimeout) as trouble:
            said = str(getattr(trouble, "orig", trouble)).strip().partition("\n")[0]
            raise Refused(f"The database: {said}.\nIs it up, and migrated (flask db upgrade)?") from None


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


def all_pages(one_page: Callable[..., Page[T]]) -> Iterator[T]:
    """Everything that a paged list has; `one_page` takes `limit` and `cursor`."""
    page = one_page(limit=MAX_LIMIT, cursor=None)
    yield from page.items
    while page.next_cursor is not None:
        page = one_page(limit=MAX_LIMIT, cursor=page.next_cursor)
        yield from page.items


def print_listed(shown: Sequence[dict[str, Any]], *, as_json: bool, line: str) -> None:
    """Print a list as the API gives it, or each item by the format `line`."""
    if as_json:
        click.echo(dumps({"items": shown, "next_cursor": None}))
        return
    for each in shown:
        click.echo(_harmless(line.format_map(each)))


def _harmless(text: str) -> str:
    """The text without what would move a terminal's cursor, colour it, or turn its direction: strangers chose some."""
    return BIDI.sub("\ufffd", CONTROLS.sub("\ufffd", text))


def duration(_context: click.Context, _option: click.Parameter, value: str) -> timedelta:
    """The duration that an option says, as settings take it (a callback of click's)."""
    try:
        return min(span(value), LONGEST)
    except (LookupError, OverflowError, ValueError, ValidationError):
        raise click.BadParameter("This must be a whole number with s, m, h or d, such as 400d.") from None


def moment_or_none(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """The moment that an option says, as the API takes it (a callback of click's)."""
    try:
        return None if value is None else Moment().deserialize(value)
    except ValidationError as wrong:
        raise click.BadParameter(str(wrong.messages[0])) from None
