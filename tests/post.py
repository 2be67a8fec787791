"""Where the tests' mails arrive: a directory, or a real SMTP server in this process."""

import asyncio
import email
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from typing import Any, cast

import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from app.kit import clock
from app.mails.delivery import Outcome, send_due
from bench.sockets import free_port
from tests.patience import PATIENCE

LINK = re.compile(r"^(?P<url>https?://\S+)/#/(?P<page>\w+)\?token=(?P<token>\S+)$", re.MULTILINE)
TURNS_TO_LET_IN = 4  # of the loop, in which asyncio makes a connection of what it has accepted


class Doorman(Controller):
    """aiosmtpd's, who hangs up on everybody before he leaves: else their sockets would be found open much later."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin with nobody."""
        self.callers: list[SMTP] = []
        super().__init__(*arguments, **options)

    def factory(self) -> SMTP:
        """Whoever talks to the next caller."""
        self.callers.append(super().factory())  # type: ignore[no-untyped-call]  # aiosmtpd has no type for it
        return self.callers[-1]

    def stop(self, *arguments: Any) -> None:
        """Hang up, and leave."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(PATIENCE)
        super().stop(*arguments)

    async def _hang_up(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        for each in self.server.sockets:
            self.loop.remove_reader(each)  # nobody is let in any more
        for _ in range(TURNS_TO_LET_IN):
            await asyncio.sleep(0)  # a turn, not a time
        for caller in self.callers:
            if caller.transport:
                cast("asyncio.WriteTransport", caller.transport).abort()
        await asyncio.sleep(0)  # a turn, in which they are told that it is over
        talks = asyncio.all_tasks() - {cast("asyncio.Task[None]", asyncio.current_task())}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class Sink:
    """An SMTP server that keeps what it is given; `answers` come first, one a mail, instead of 250."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.port = free_port()
        self.envelopes: list[Envelope] = []
        self.answers: list[str] = []
        self.refuses: dict[str, str] = {}
        self.on_data: Callable[[], None] = lambda: None
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """What MAIL_URL says for it."""
        return f"smtp://127.0.0.1:{self.port}"

    def open(self, **options: Any) -> "Sink":
        """Answer the port."""
        self._controller = Doorman(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE, **options)
        self._controller.start()
        return self

    def shut(self) -> None:
        """Refuse connections."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802  aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Sequence[str]
    ) -> str:
        """Take the recipient, or not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  the same
        """Keep the mail, or answer what was arranged."""
        self.on_data()
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"


@contextmanager
def smtp_sink(**options: Any) -> Iterator[Sink]:
    """A sink that is open until the block ends."""
    sink = Sink().open(**options)
    try:
        yield sink
    finally:
        sink.shut()


def in_sink(sink: Sink) -> Iterator[bytes]:
    """The mails that it was given, oldest first."""
    for envelope in sink.envelopes:
        yield cast("bytes", envelope.content)


def in_directory(folder: Path) -> Iterator[bytes]:
    """The mails in the directory, in the order in which they were queued."""
    for each in sorted(folder.glob("*.eml")):
        yield each.read_bytes()


def deliver(app: Flask) -> Outcome:
    """Send what is due at this moment; on a slow machine what is postponed would be due again before the end."""
    with time_machine.travel(clock.now(), tick=False):
        return send_due(app, Event())


class Post:
    """The mails of an application: sent when asked for, and read where they arrive."""

    def __init__(self, app: Flask, read: Callable[[], Iterator[bytes]]) -> None:
        """Read the arrived mails by `read`."""
        self.app = app
        self._read = read

    def deliver(self) -> Outcome:
        """Send what is due at this moment."""
        return deliver(self.app)

    def arrived(self, to: str | None = None) -> list[EmailMessage]:
        """What has arrived, of all or at one address; what is due is sent first."""
        self.deliver()
        parsed = [email.message_from_bytes(raw, policy=policy.SMTP) for raw in self._read()]
        return [each for each in parsed if to is None or address_of(each) == to]

    def subjects(self, to: str) -> list[str]:
        """The subjects of what has arrived there."""
        return [str(each["Subject"]) for each in self.arrived(to)]

    def token(self, to: str, page: str) -> str:
        """The token in the newest mail there that leads to this page."""
        links = [link for each in self.arrived(to) if (link := link_or_none(each)) and link["page"] == page]
        return links[-1]["token"]


def address_of(message: EmailMessage) -> str:
    """The one address to which the mail goes."""
    (address,) = message["To"].addresses
    return str(address.addr_spec)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """The plain text, or its HTML twin."""
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def link_or_none(message: EmailMessage) -> dict[str, str] | None:
    """The one link of the mail, in its parts; `None` for a notice."""
    found = list(LINK.finditer(text_of(message)))
    assert len(found) <= 1, text_of(message)
    return found[0].groupdict() if found else None


@contextmanager
def mute_server() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])
