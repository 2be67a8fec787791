"""How settings are read: strictly, from the environment over `.env`, each also from the file that NAME_FILE names."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self, TypeVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from environs import Env, FileAwareEnv, ValidationError
from marshmallow.validate import Range, Regexp
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
SECRET_BYTES = 32
NAME = "([a-z0-9_][a-z0-9_.-]*)?[a-z0-9_]"
IPV6 = "[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*"
ORIGIN = (
    r"(http://(?![^/]*:80(/|\Z))|https://(?![^/]*:443(/|\Z)))"
    rf"({NAME}|\[{IPV6}\])(:[1-9][0-9]{{0,4}})?"
)
HOST = Regexp(rf"({NAME}|{IPV6})\Z")
LOOPBACK = r"([a-z0-9_.-]+\.)?localhost|127(\.[0-9]+){3}|\[::1\]"
FLAGS = {"true": True, "false": False, "1": True, "0": False}
FLAGS |= {"yes": True, "no": False, "on": True, "off": False}
_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_RATE = re.compile(r"(?P<amount>[0-9]{1,9})/(?P<unit>second|minute|hour|day)")
_DIGITS = Regexp(r"[0-9]{1,9}\Z")
_MAIL_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587
_SENDER = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")


class RefusedSetting(ValueError):
    """A setting that stops the start; as text it is one line, `NAME: why`, without any secret."""


@contextmanager
def refusing(name: str, why: str) -> Iterator[None]:
    """Turn whatever a reader stumbles over into our own sentence, which echoes nothing."""
    try:
        yield
    except (ArgumentError, ImportError, LookupError, OSError, ValidationError, ValueError):
        message = f"{name}: {why}"
        raise RefusedSetting(message) from None


class Environment:
    """The process's variables over those of `.env`, which is read here and nowhere else."""

    def __init__(self, dotenv: Path) -> None:
        # environs keeps what it reads to itself: os.environ stays as it is.
        self._plain, self._aware = Env(), FileAwareEnv(strip_whitespace=True)
        for each in (self._plain, self._aware):
            with refusing(dotenv.name, "must be a readable file of UTF-8 text"):
                each.read_env(dotenv, recurse=False)

    def find(self, name: str, default: str) -> str:
        """Return the text of NAME, or of the file that NAME_FILE names, stripped."""
        if self._plain.str(f"{name}_FILE", "") and self._plain.str(name, ""):
            message = f"{name}: must be set itself or by {name}_FILE, not both"
            raise RefusedSetting(message)
        with refusing(f"{name}_FILE", "must name a readable file of UTF-8 text"):
            text = self._aware.str(name, default)
        return text.strip()


def setting(default: str, read: Callable[[str], T], must: str, *, shown: bool = True) -> T:
    """Declare a field by its default (may quote fields above it), its reader and its sentence."""
    return cast("T", field(repr=shown, metadata={"default": default, "read": read, "must": must}))


def one_of(*words: str) -> str:
    """Declare one of these words, the first by default."""
    return setting(words[0], {word: word for word in words}.__getitem__, f"must be one of {', '.join(words)}")


def flag(default: str) -> bool:
    """Declare a yes or no."""
    return setting(default, lambda text: FLAGS[text.lower()], f"must be one of {', '.join(FLAGS)}")


def switch(**by_kind: str) -> bool:
    """Declare a yes or no whose default hangs on `app_env`, a field above it."""
    words = FLAGS | {kind: FLAGS[word] for kind, word in by_kind.items()}
    must = f"must be one of {', '.join(FLAGS)}"
    return setting("{app_env}", lambda text: words[text.lower()], must)


def number(default: int, low: int, high: int) -> int:
    """Declare a whole number."""
    must = f"must be a whole number from {low} to {high}"
    return setting(str(default), lambda text: Range(low, high)(int(_DIGITS(text))), must)


def duration(default: str, longest: str = "3650d") -> timedelta:
    """Declare a duration such as 15m."""
    must = f"must be a whole number with s, m, h or d (as in 15m), above 0 and up to {longest}"
    accept = Range(span("1s"), span(longest))
    return setting(default, lambda text: accept(span(text)), must)


def span(text: str) -> timedelta:
    """The duration that such a text says, as 15m.

    Raises:
        ValueError, LookupError: it says none.
    """
    return timedelta(**{_SPANS[text[-1]]: int(_DIGITS(text[:-1]))})


def seconds(text: str) -> timedelta:
    """A number of seconds, 0 to 60."""
    return timedelta(seconds=Range(0, 60)(int(_DIGITS(text))))


def each_of(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """The reader of a comma-separated list."""
    return lambda text: tuple(read(entry.strip()) for entry in text.split(",") if text)


def secret(text: str) -> str:
    """A secret that is long enough."""
    if len(text.encode()) < SECRET_BYTES or "," in text:  # with a comma it could never become a fallback
        raise ValueError
    return text


def web_url(text: str) -> str:
    """The URL of a page or site, without a slash at the end."""
    return Regexp(rf"(?=[!-~]+\Z){ORIGIN}(/[^?#@\\]*)?\Z")(text).rstrip("/")


def redis(text: str) -> str:
    """The URL of a Redis server, or nothing."""
    if not text:
        return text
    with suppress(TypeError):
        import_module("redis").from_url(Regexp(r"(rediss?|unix)://[!-~]+\Z")(text)).connection_pool.make_connection()
        return text
    raise ValueError  # an option that the driver does not know


def database(text: str, root: Path) -> str:
    """Return the URL for SQLAlchemy: a file's path made absolute, its place in `instance/` made."""
    url = make_url(text)
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        import_module("psycopg")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    file, instance = (root / (url.database or "")).resolve(), (root / "instance").resolve()
    odd = url.host or url.query or file.name == ":memory:" or file.is_dir()
    if url.drivername != "sqlite" or odd:
        raise ValueError
    if instance in file.parents:
        instance.mkdir(mode=0o700, exist_ok=True)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url.set(database=str(file)).render_as_string()


def kept_secret(root: Path) -> str:
    """Return the checkout's own secret, made by whichever process comes first."""
    path = root / "instance" / "secret_key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Written aside, then linked into place: readers see nothing or all, one writer wins.
        with NamedTemporaryFile(buffering=0, dir=path.parent, prefix=".secret_key-") as draft:
            draft.write(secrets.token_urlsafe(48).encode())
            os.fsync(draft.fileno())
            with suppress(FileExistsError):
                path.hardlink_to(draft.name)
    # Tightened, not refused: a copied checkout has loose modes, and it guards its own data only.
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return secret(path.read_text(encoding="utf-8").strip())


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in each window of time."""

    amount: int
    window: timedelta


def rate(default: str) -> Rate:
    """Declare a limit such as 10/minute."""
    return setting(default, _rate, "must be a whole number above 0 with /second, /minute, /hour or /day (10/minute)")


def _rate(text: str) -> Rate:
    parts = _RATE.fullmatch(text)
    if parts is None:
        raise ValueError
    return Rate(Range(1, None)(int(parts["amount"])), timedelta(**{f"{parts['unit']}s": 1}))


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """How mails leave: to an SMTP server, into a directory, or to the console."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    sender: str = ""
    directory: str = ""

    def within(self, root: Path) -> Self:
        """The same, with its directory made absolute."""
        return replace(self, directory=str((root / self.directory).resolve())) if self.directory else self

    @property
    def is_readable_on_its_way(self) -> bool:
        """Whether it leaves this machine without TLS."""
        return self.scheme == "smtp" and not self.starttls and not re.fullmatch(rf"{LOOPBACK}|::1", self.host)


def mail_route(text: str) -> MailRoute:
    """Read `console:`, `file:DIR` or `smtp(s)://[USER:PASSWORD@]HOST[:PORT][?starttls=1&from=ADDRESS]`."""
    if text == "console:":
        return MailRoute(scheme="console")
    if text.startswith("file:") and len(text) > len("file:"):
        return MailRoute(scheme="file", directory=text.removeprefix("file:"))
    parts = urlsplit(text)
    own_port = _MAIL_PORTS[parts.scheme]
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    starttls, sender = FLAGS[options.pop("starttls", "no").lower()], options.pop("from", "")
    if starttls and parts.scheme == "smtps":
        raise ValueError
    if options or parts.path.strip("/") or parts.fragment or (sender and not _SENDER.fullmatch(sender)):
        raise ValueError
    return MailRoute(
        scheme=parts.scheme,
        host=HOST(parts.hostname or ""),
        port=parts.port or (_SUBMISSION if starttls else own_port),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=starttls,
        sender=sender,
    )
