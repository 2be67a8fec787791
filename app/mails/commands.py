"""`flask mail ...`: the outbox from the command line."""

import signal
from threading import Event, Thread
from typing import Any, cast

import click
from email_validator import validate_email
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.kit import clock
from app.kit.commands import Commands, Refused
from app.kit.mail import CannotSend, Undeliverable, connected
from app.kit.secrets import random_id
from app.mails import letters
from app.mails.delivery import send_due
from app.mails.sender import POLL_SECONDS

cli = Commands("mail", help="Mails that wait to be sent.")


@cli.command("send-due")
@click.option("--forever", is_flag=True, help="Go on until TERM or INT, looking once a second.")
def send(*, forever: bool) -> None:
    """Send the mails that are due: for cron, or on a host of its own. The served application does so by itself.

    Prints how many were sent; exit code 1 if any could not be.
    """
    stopping = Event()
    if forever:
        _forever(stopping)
    elif _send(stopping) & {"postponed", "given up"}:
        raise Refused("Not all could be sent.")


def _forever(stopping: Event) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):  # which may come while `wait` holds the lock that `set` needs
        signal.signal(each, lambda *_: Thread(target=stopping.set, daemon=True).start())
    first = True
    while first or not stopping.wait(POLL_SECONDS):
        first = False
        try:
            _send(stopping)
        except Refused as refused:
            click.echo(refused, err=True)


def _send(stopping: Event) -> set[str]:
    """Send what is due and say what became of it."""
    app = cast("Any", current_app)._get_current_object()  # noqa: SLF001  the proxy's own door
    try:
        outcome = send_due(app, stopping)
    except SQLAlchemyError as error:
        raise Refused(f"The database does not give the mails out ({type(error).__name__}).") from None
    counted = {"sent": outcome.sent, "postponed": outcome.postponed, "given up": outcome.given_up}
    happened = {word: number for word, number in counted.items() if number}
    if happened:
        click.echo(", ".join(f"{number} {word}" for word, number in happened.items()))
    return set(happened)


@cli.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send a mail to ADDRESS at once, to see whether MAIL_URL works."""
    try:
        found = validate_email(address, check_deliverability=False)
        to = f"{found.local_part}@{found.ascii_domain}"  # as every other mail goes there
        message = letters.write(letters.TEST, to=to, about=clock.now(), name=random_id())
    except ValueError:
        raise Refused("This is not an e-mail address.") from None
    try:
        with connected() as post:
            post(message)
    except (CannotSend, Undeliverable) as failed:
        raise Refused(f"The mail did not leave: {failed}.") from None
    click.echo(f"A mail to {to} has left.")
