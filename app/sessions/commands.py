"""`flask sessions ...`: sessions from the command line."""

import click
from flask.cli import AppGroup

from app.kit.database import transaction
from app.sessions import service as sessions

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
