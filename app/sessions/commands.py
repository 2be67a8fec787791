"""`flask sessions ...`: sessions from the command line."""

from datetime import datetime

import click
from flask.cli import AppGroup

from app.kit import clock
from app.kit.database import transaction
from app.sessions import service as sessions
from app.sessions.models import Reason

cli = AppGroup("sessions", help="Sessions and the blocklist.")
BATCH = 1000


@cli.command("prune")
def prune() -> None:
    """Delete expired sessions and blocklist rows, in batches that hold no lock for long."""
    total = 0
    while gone := _prune_batch():
        total += gone
        click.echo(f"{total} rows deleted", err=True)
    click.echo(total)


def _prune_batch() -> int:
    with transaction():
        return sessions.prune(batch=BATCH)


def end_everybody(reason: Reason) -> int:
    """End every session begun until now, in short transactions; say how many."""
    begun_by, total = clock.now(), 0
    while ended := _end_batch(reason, begun_by):
        total += ended
    return total


def _end_batch(reason: Reason, begun_by: datetime) -> int:
    with transaction():
        return sessions.end_batch(reason, begun_by=begun_by, batch=BATCH)
