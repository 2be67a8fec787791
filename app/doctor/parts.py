"""The parts that may be away: Redis, the way out for mails."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from app.doctor.configured import is_loopback
from app.doctor.database import is_postgres
from app.doctor.models import Finding, fatal, note, warning
from app.kit import limits
from app.kit.mail import CannotSend, connected
from app.kit.settings import settings


def redis() -> Iterator[Finding]:
    """The shield against workers and instances, and whether it answers."""
    config = settings()
    if not config.redis_url:
        if config.is_production and is_postgres():
            yield note(
                "redis.none",
                "REDIS_URL is not set.",
                reason="Limits hold over all instances without it, but a flood reaches the database.",
                cure="REDIS_URL, the same for every instance.",
            )
        return
    if not limits.is_shielded():
        yield warning(
            "redis.away",
            "Redis does not answer.",
            reason="Limits hold; a flood reaches the database.",
            cure="Start it, or look at REDIS_URL.",
        )
    yield from _in_the_clear()


def _in_the_clear() -> Iterator[Finding]:
    """Whether what we say to Redis can be read."""
    url = urlsplit(settings().redis_url)
    if settings().is_production and url.scheme == "redis" and not is_loopback(str(url.hostname or "")):
        yield note(
            "redis.plain",
            "What is said to Redis is not encrypted.",
            reason="Whoever is between can lock clients out for a window; nobody is let in by it.",
            cure="rediss://, unless nobody can be between.",
        )


def mail() -> Iterator[Finding]:
    """The way out: whether there is one, whether it opens."""
    config = settings()
    scheme = config.mail_url.scheme
    if scheme == "console" and config.is_production:
        yield warning(
            "mail.console",
            "MAIL_URL is console: no mail leaves.",
            reason="Nobody gets back in who forgot the password, or is told that it was changed.",
            cure="MAIL_URL=smtp://USER:PASSWORD@HOST:587?starttls=1",
        )
    elif scheme == "file":
        yield from _directory(Path(config.mail_url.directory))
    elif scheme != "console":
        yield from _server()


def _directory(folder: Path) -> Iterator[Finding]:
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        yield warning(
            "mail.directory",
            "The directory of MAIL_URL cannot be written.",
            reason="Mails wait in the outbox and are given up after five days.",
            cure="Make it, owned by the account that serves.",
        )
    elif settings().is_production:
        yield warning(
            "mail.file",
            "MAIL_URL writes mails into a directory.",
            reason="They hold tokens that open accounts, and reach nobody unless something sends them on.",
            cure="MAIL_URL=smtp://USER:PASSWORD@HOST:587?starttls=1",
        )


def _server() -> Iterator[Finding]:
    try:
        with connected():
            return
    except CannotSend as why:
        severe = fatal if settings().registration == "verified" else warning
        yield severe(
            "mail.away",
            f"The mail server does not let us in: {why}.",
            reason="Mails wait in the outbox; an account that must be verified cannot begin.",
            cure="Look at MAIL_URL: host, port, TLS, name, password (percent-encoded); then `flask mail test ADDRESS`.",
        )
