"""One round of the outbox: each mail that is due is claimed, written, and sent."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from threading import Event, Thread

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.kit.mail import CannotSend, Post, Undeliverable, connected
from app.kit.metrics import Counter
from app.mails import service as mails
from app.mails.models import Mail

RENEW_SECONDS = mails.LEASE.total_seconds() / 3
AGAIN_SECONDS = 1
EXTENSION = "latchkey-composer"

MAILS = Counter("mails", "Mails by what became of them", "outcome", known=[("sent",), ("postponed",), ("given_up",)])

Compose = Callable[[Mail], list[EmailMessage]]
log = structlog.get_logger()


@dataclass(slots=True)
class Outcome:
    """What became of the mails that were due."""

    sent: int = 0
    postponed: int = 0
    given_up: int = 0

    def note(self, what: str) -> None:
        """One more was `sent`, `postponed` or `given_up`."""
        setattr(self, what, getattr(self, what) + 1)
        MAILS.count(what)


class ServerAway(Exception):
    """No mail can be sent at the moment."""


def init_app(app: Flask, *, compose: Compose) -> None:
    """`compose` gives what a mail has come to by now: one message, or none if it has lost its meaning."""
    app.extensions[EXTENSION] = compose


def send_due(app: Flask, stopping: Event) -> Outcome:
    """Send what is due, one mail after the other, until nothing is, the server is away, or `stopping` is set."""
    with app.app_context(), ExitStack() as connections:
        delivery = _Delivery(app, connections, stopping)
        with suppress(ServerAway):
            while not stopping.is_set() and (mail := mails.claim_or_none()):
                delivery.deliver(mail)
        return delivery.outcome


class _Delivery:
    def __init__(self, app: Flask, connections: ExitStack, stopping: Event) -> None:
        self.outcome = Outcome()
        self._app = app
        self._connections = connections
        self._stopping = stopping
        self._post: Post | None = None

    def deliver(self, mail: Mail) -> None:
        """Send the mail, or note why not.

        Raises:
            ServerAway: it is postponed, and so would be every other.
        """
        try:
            with self._held(mail):
                self._send(mail)
            self._forget(mail)
        except Undeliverable as refused:
            mails.done(mail)
            self.outcome.note("given_up")
            log.warning("mail undeliverable", mail=str(mail.id), why=str(refused))
        except CannotSend as failed:
            self._post = None
            self._connections.close()
            self._postpone(mail, why=str(failed))

    def _send(self, mail: Mail) -> None:
        post = self._way_out(mail)  # before a token is made: none is while the server is away
        for message in self._written(mail):
            post(message)
            self.outcome.note("sent")

    def _forget(self, mail: Mail) -> None:
        """Note that the mail has left: until that is written down, others would send it once more."""
        while True:
            try:
                mails.done(mail)
            except SQLAlchemyError:
                if self._stopping.wait(AGAIN_SECONDS):
                    raise
            else:
                return

    def _way_out(self, mail: Mail) -> Post:
        if self._post is None:
            try:
                self._post = self._connections.enter_context(connected())
            except CannotSend as away:
                self._postpone(mail, why=str(away))
                raise ServerAway from None
        return self._post

    def _written(self, mail: Mail) -> list[EmailMessage]:
        try:
            messages: list[EmailMessage] = self._app.extensions[EXTENSION](mail)
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("mail cannot be written", mail=str(mail.id))
            raise CannotSend("it cannot be written") from None  # it must not hold up the others
        return messages

    def _postpone(self, mail: Mail, *, why: str) -> None:
        if mails.postpone_or_give_up(mail):
            self.outcome.note("postponed")
            log.warning("mail postponed", mail=str(mail.id), attempts=mail.attempts, why=why)
        else:
            self.outcome.note("given_up")
            log.error("mail given up", mail=str(mail.id), attempts=mail.attempts, why=why)

    @contextmanager
    def _held(self, mail: Mail) -> Iterator[None]:
        """Keep the claim while the mail is on its way, however long the server takes."""
        over = Event()

        def renew() -> None:
            while not over.wait(RENEW_SECONDS):
                with self._app.app_context(), suppress(SQLAlchemyError):
                    mails.hold(mail)

        renewer = Thread(target=renew, name="mail-holder", daemon=True)
        renewer.start()
        try:
            yield
        finally:
            over.set()
            renewer.join()
