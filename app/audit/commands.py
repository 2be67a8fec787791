"""`flask audit ...`: events for elsewhere, and an end to those that were kept long enough."""

from datetime import datetime, timedelta

import click
from flask.json import dumps

from app.audit import service as audit
from app.audit.schemas import AuditEventOut
from app.kit import clock
from app.kit.commands import Commands, duration, moment_or_none
from app.kit.database import transaction

cli = Commands("audit", help="What happened: to be shipped off, and to be forgotten in time.")
BATCH = 1000


@cli.command("export")
@click.option("--since", callback=moment_or_none, metavar="T", help="From this moment on, as 2026-01-31T12:00:00Z.")
def export(since: datetime | None) -> None:
    """Print every event as a line of JSON, oldest first."""
    for row in audit.exported(since=since):
        click.echo(dumps(AuditEventOut().dump(row)))


@cli.command("prune")
@click.option("--older-than", callback=duration, default="400d", show_default=True, help="How long events are kept.")
def prune(older_than: timedelta) -> None:
    """Delete the events that were kept long enough, in batches, and print how many.

    It needs a database role that may delete them, which the served application's should not: see docs/audit.md.
    """
    before, total = clock.now() - older_than, 0
    while gone := _prune_batch(before):
        total += gone
        click.echo(f"{total} rows deleted", err=True)
    click.echo(total)


def _prune_batch(before: datetime) -> int:
    with transaction():
        return audit.prune(before=before, batch=BATCH)
