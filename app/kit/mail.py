"""How a mail leaves the house: over SMTP, into a directory, or onto the console (`MAIL_URL`)."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import partial
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import click
import structlog

from app.kit import clock
from app.kit.settings import settings
from environment import MailRoute

STEP_SECONDS = 10
# The server may think about a whole mail (RFC 5321, section 4.5.3.2.6): who gives up early sends it twice.
DATA_SECONDS = 600
PERMANENT = 500

Post = Callable[[EmailMessage], None]
log = structlog.get_logger()


class CannotSend(Exception):
    """The mail did not leave. It may later; the text says what the server said, and nothing of the mail."""


class Undeliverable(Exception):
    """This mailbox is refused for good."""


def compose(to: str, subject: str, *, text: str, html: str, name: str) -> EmailMessage:
    """A mail with an HTML twin; `name` is what it is known by wherever it passes.

    Raises:
        ValueError: a line break in a header, or an encoded word (RFC 2047), which may hold one, in the address.
    """
    if "=?" in to:
        raise ValueError("an encoded word is no address")
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    message["From"] = Address(site(), addr_spec=_sender())
    local, _, domain = to.rpartition("@")
    message["To"] = Address(username=local, domain=domain)  # parts, not text to be parsed: one recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{name}@{_sender().partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer from machines
    # All of it is ASCII: a link stands there as it is, not broken by an encoding.
    message.set_content(text, cte="7bit")
    message.add_alternative(html, subtype="html", cte="7bit")
    return message


def site() -> str:
    """What the service is called in mails: the host of PUBLIC_URL."""
    return urlsplit(settings().public_url).netloc


def connected() -> AbstractContextManager[Post]:
    """Something that takes mails, as long as the block lasts.

    It raises CannotSend and Undeliverable, also at the beginning of the block.
    """
    route = settings().mail_url
    if route.scheme == "file":
        return _directory(Path(route.directory))
    return _console() if route.scheme == "console" else _smtp(route)


class _Client(smtplib.SMTP):
    """`smtplib`, but patient once the mail is on its way."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand over the mail itself."""
        cast("Any", self.sock).settimeout(DATA_SECONDS)
        try:
            return super().data(msg)
        finally:
            if self.sock:
                self.sock.settimeout(STEP_SECONDS)


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, by TLS from the first byte."""


@contextmanager
def _smtp(route: MailRoute) -> Iterator[Post]:
    server = _signed_in(route)
    try:
        yield partial(_hand_over, server)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _signed_in(route: MailRoute) -> smtplib.SMTP:
    options = {"local_hostname": _here(), "timeout": STEP_SECONDS}
    with _explained():
        if route.scheme == "smtps":
            server: smtplib.SMTP = _TlsClient(
                route.host, route.port, context=ssl.create_default_context(), **cast("Any", options)
            )
        else:
            server = _Client(route.host, route.port, **cast("Any", options))
        try:
            if route.starttls:
                server.starttls(context=ssl.create_default_context())
            if route.user:
                server.login(route.user, route.password)
        except BaseException:
            server.close()
            raise
    return server


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    to = message["To"].addresses[0].addr_spec
    with _explained():
        try:
            server.send_message(message, from_addr=_sender(), to_addrs=[to])
        except smtplib.SMTPNotSupportedError:
            raise Undeliverable("the server takes no address outside ASCII") from None
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            if code >= PERMANENT:
                raise Undeliverable(f"the server refuses the recipient ({code})") from None
            raise


@contextmanager
def _explained() -> Iterator[None]:
    """What went wrong in a few words; a server's own text may quote the mail, so only its code counts."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise CannotSend(f"{type(error).__name__} ({error.smtp_code})") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise CannotSend(f"the recipient is refused for now ({next(iter(error.recipients.values()))[0]})") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:  # `smtplib` encodes names and passwords as ASCII
        raise CannotSend(f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'no answer'}") from None


@contextmanager
def _directory(folder: Path) -> Iterator[Post]:
    def post(message: EmailMessage) -> None:
        name = message["Message-ID"].strip("<>").partition("@")[0]
        with _explained():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = folder / f".{name}.draft"
            draft.touch(mode=0o600)  # the folder may be older than we, and open
            draft.write_bytes(message.as_bytes())
            draft.rename(folder / f"{name}.eml")

    yield post


@contextmanager
def _console() -> Iterator[Post]:
    yield _announce if settings().is_production else _show


def _announce(message: EmailMessage) -> None:
    log.info("mail not sent: MAIL_URL is console:", to=str(message["To"]), subject=str(message["Subject"]))


def _show(message: EmailMessage) -> None:
    text = cast("EmailMessage", message.get_body(("plain",)))
    click.echo(f"\nTo: {message['To']}\nSubject: {message['Subject']}\n\n{text.get_content()}")


def _sender() -> str:
    return settings().mail_url.sender or f"noreply@{_here()}"


def _here() -> str:
    """The host of PUBLIC_URL as mail programs write it: an IP address in brackets (RFC 5321, section 4.1.3)."""
    host = str(urlsplit(settings().public_url).hostname)
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{host}]" if isinstance(address, IPv4Address) else f"[IPv6:{address}]"
