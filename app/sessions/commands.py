"""`flask sessions ...`: sessions from the command line."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import click
from flask import Flask, current_app

from app.kit import clock
from app.kit.commands import AS_JSON, Commands, all_pages, in_transaction, print_listed
from app.kit.database import transaction
from app.sessions import listing
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.sessions.problems import SessionNotFound
from app.sessions.schemas import SessionOut
from app.users import service as users

cli = Commands("sessions", help="Who is signed in; expired sessions and what else has had its time.")
PRUNERS = "latchkey-pruners"
BATCH = 1000
LINE = "{id}  {created_at}  {last_used_at}  {ip:<15}  {user_agent}"

Pruner = Callable[[int], int]


def init_app(app: Flask, *, pruners: Sequence[Pruner]) -> None:
    """Add the commands; each of `pruners` deletes up to so many rows whose time is over, and says how many."""
    app.extensions[PRUNERS] = tuple(pruners)
    app.cli.add_command(cli)


@cli.command("list")
@click.argument("email")
@AS_JSON
@in_transaction
def show(email: str, *, as_json: bool) -> None:
    """List where EMAIL is signed in, newest first."""
    user_id = users.id_of(email)

    def one_page(**at: Any) -> Any:
        return listing.listed(user_id, current=None, **at)

    print_listed(SessionOut(many=True).dump(all_pages(one_page)), as_json=as_json, line=LINE)


@cli.command("end")
@click.argument("session_id", metavar="ID", type=click.UUID)
@in_transaction
def end(session_id: UUID) -> None:
    """End the session ID; it counts from the next request."""
    if not sessions.end(session_id, Reason.REVOKED_BY_ADMIN):
        raise SessionNotFound


@cli.command("end-all")
@click.argument("email", required=False)
def end_all(email: str | None) -> None:
    """End every session of EMAIL, or of everybody, and print how many; it counts from the next request."""
    click.echo(end_everybody(Reason.REVOKED_BY_ADMIN) if email is None else _end_theirs(email))


@in_transaction
def _end_theirs(email: str) -> int:
    return sessions.end_all(users.id_of(email), Reason.REVOKED_BY_ADMIN)


@cli.command("prune")
def prune() -> None:
    """Delete expired sessions, and all else whose time is over, in batches that hold no lock for long."""
    total = 0
    while gone := sum(_prune_batch(each) for each in cast("tuple[Pruner, ...]", current_app.extensions[PRUNERS])):
        total += gone
        click.echo(f"{total} rows deleted", err=True)
    click.echo(total)


def _prune_batch(pruner: Pruner) -> int:
    with transaction():
        return pruner(BATCH)


def end_everybody(reason: Reason) -> int:
    """End every session begun until now, in short transactions; say how many."""
    begun_by, total = clock.now(), 0
    while ended := _end_batch(reason, begun_by):
        total += ended
    return total


def _end_batch(reason: Reason, begun_by: datetime) -> int:
    with transaction():
        return sessions.end_batch(reason, begun_by=begun_by, batch=BATCH)
