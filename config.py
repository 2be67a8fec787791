"""The settings: read once from the environment, strict, safe by default."""
# ruff: noqa: RUF009 - what is called in Config's body declares fields, as dataclasses.field does

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Self, TypeVar, cast

from environs import Env, FileAwareEnv, ValidationError
from marshmallow.validate import Range, Regexp
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
_CHECKOUT = Path(__file__).resolve().parent
_VARIABLES = {"refresh_replay": "REFRESH_REPLAY_SECONDS"}  # the others are the field's upper case
_BYTES = 32
_UNSET = (
    f"SECRET_KEY: must be at least {_BYTES} random bytes (python -c 'import secrets; "
    "print(secrets.token_urlsafe(48))'), or APP_ENV=development for this checkout's own data"
)
_SHORT = f"must be at least {_BYTES} bytes of UTF-8 text without a comma"
_KEPT = "instance/secret_key is unusable: restore it, delete it for a new one, or set SECRET_KEY"
_DATABASE = (
    "must be sqlite:///FILE (writable, no options) or postgresql://USER:PASSWORD@HOST/NAME "
    "(which needs its driver: pip install latchkey[postgres])"
)
_URL = "must be http(s)://HOST[:PORT][/PATH] in lower case, no :80 or :443, no ? or #"
_CLAIM = "must be 1 to 255 printable characters"
_ORIGINS = "must be exact: http(s)://HOST[:PORT] in lower case, no slash, path, *, :80 or :443"
_PLACEHOLDERS = "change|default|example|here|insecure|key|me|password|replace|secret|your"
_DISTINCT = 9  # 32 random hex digits have fewer different ones three times in a million
_ROUNDS = 10
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_FLAGS |= {"yes": True, "no": False, "on": True, "off": False}
_FLAG = f"must be one of {', '.join(_FLAGS)}"
_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DIGITS = Regexp(r"[0-9]{1,9}\Z")
_PRINTABLE = Regexp(r"[ -~]{1,255}\Z")
_NAME = "([a-z0-9_][a-z0-9_.-]*)?[a-z0-9_]"
_IPV6 = "[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*"
_HOST = Regexp(rf"({_NAME}|{_IPV6})\Z")
_ORIGIN = (
    r"(http://(?![^/]*:80(/|\Z))|https://(?![^/]*:443(/|\Z)))"
    rf"({_NAME}|\[{_IPV6}\])(:[1-9][0-9]{{0,4}})?"
)
_SAFE = re.compile(r"https:|http://(([a-z0-9_.-]+\.)?localhost|127(\.[0-9]+){3}|\[::1\])(:|/|\Z)")


class RefusedSetting(ValueError):
    """A setting that stops the start; as text it is one line, `NAME: why`, without any secret."""


@contextmanager
def _refusing(name: str, why: str) -> Iterator[None]:
    """Turn whatever a reader stumbles over into our own sentence, which echoes nothing."""
    try:
        yield
    except (ArgumentError, ImportError, LookupError, OSError, ValidationError, ValueError):
        message = f"{name}: {why}"
        raise RefusedSetting(message) from None


class _Environment:
    """The process's variables over those of `.env`, which is read here and nowhere else."""

    def __init__(self, dotenv: Path) -> None:
        # environs keeps what it reads to itself: os.environ stays as it is.
        self._plain, self._aware = Env(), FileAwareEnv(strip_whitespace=True)
        for each in (self._plain, self._aware):
            with _refusing(dotenv.name, "must be a readable file of UTF-8 text"):
                each.read_env(dotenv, recurse=False)

    def find(self, name: str, default: str) -> str:
        """Return the text of NAME, or of the file that NAME_FILE names, stripped."""
        if self._plain.str(f"{name}_FILE", "") and self._plain.str(name, ""):
            message = f"{name}: must be set itself or by {name}_FILE, not both"
            raise RefusedSetting(message)
        with _refusing(f"{name}_FILE", "must name a readable file of UTF-8 text"):
            text = self._aware.str(name, default)
        return text.strip()


def _setting(default: str, read: Callable[[str], T], must: str, *, shown: bool = True) -> T:
    """Declare a field by its default (may quote fields above it), its reader and its sentence."""
    return cast("T", field(repr=shown, metadata={"default": default, "read": read, "must": must}))


def _one_of(*words: str, later: str = "") -> str:
    must = f"must be one of {', '.join(words)}" + (later and f" ({later}: not in this version yet)")
    return _setting(words[0], {word: word for word in words}.__getitem__, must)


def _number(default: int, low: int, high: int) -> int:
    must = f"must be a whole number from {low} to {high}"
    return _setting(str(default), lambda text: Range(low, high)(int(_DIGITS(text))), must)


def _duration(default: str, longest: str = "3650d") -> timedelta:
    must = f"must be a whole number with s, m, h or d (as in 15m), above 0 and up to {longest}"
    accept = Range(_span("1s"), _span(longest))
    return _setting(default, lambda text: accept(_span(text)), must)


def _span(text: str) -> timedelta:
    return timedelta(**{_SPANS[text[-1]]: int(_DIGITS(text[:-1]))})


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=Range(0, 60)(int(_DIGITS(text))))


def _each(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(read(entry.strip()) for entry in text.split(",") if text)


def _secret(text: str) -> str:
    if len(text.encode()) < _BYTES or "," in text:  # with a comma it could never become a fallback
        raise ValueError
    return text


def _web_url(text: str) -> str:
    return Regexp(rf"(?=[!-~]+\Z){_ORIGIN}(/[^?#@\\]*)?\Z")(text).rstrip("/")


def _database(text: str, root: Path) -> str:
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


def _kept_secret(root: Path) -> str:
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
    return _secret(path.read_text(encoding="utf-8").strip())


def _unsafe(config: "Config") -> Iterator[str]:
    """Yield what each setting allows by itself and production does not."""
    if not config.secret_key:
        yield _UNSET
    if len(set(re.sub(_PLACEHOLDERS, "", config.secret_key.lower()))) < _DISTINCT:
        yield "SECRET_KEY: must be random in production, this one can be guessed"
    if config.bcrypt_rounds < _ROUNDS:
        yield f"BCRYPT_ROUNDS: must be a whole number from {_ROUNDS} to 16 in production"
    # Whoever rewrites a page of a trusted origin on its way acts with the caller's cookies.
    for name, urls in (("CORS_ORIGINS", config.cors_origins), ("PUBLIC_URL", [config.public_url])):
        if config.cookie_secure and not all(map(_SAFE.match, urls)):
            yield f"{name}: must be https or loopback in production, or COOKIE_SECURE=false (a LAN)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Every setting, checked; `Config.from_environ()` reads them once."""

    app_env: str = _one_of("production", "development")
    secret_key: str = _setting("", lambda text: text and _secret(text), _SHORT, shown=False)
    secret_key_fallbacks: tuple[str, ...] = _setting("", _each(_secret), _SHORT, shown=False)
    database_url: str = _setting("sqlite:///instance/latchkey.db", str, _DATABASE, shown=False)
    jwt_algorithm: str = _one_of("HS256", "HS384", "HS512", "ES256", "EdDSA", "PS256", "RS256", "RS512")
    jwt_issuer: str = _setting("latchkey", _PRINTABLE, _CLAIM)
    jwt_audience: str = _setting("latchkey-api", _PRINTABLE, _CLAIM)
    access_token_ttl: timedelta = _duration("15m", "24h")
    refresh_token_ttl: timedelta = _duration("7d")
    session_ttl: timedelta = _duration("30d")
    refresh_replay: timedelta = _setting("10", _seconds, "must be a whole number from 0 to 60")
    fresh_ttl: timedelta = _duration("10m")
    cookie_secure: bool = _setting("true", lambda text: _FLAGS[text.lower()], _FLAG)
    cors_origins: tuple[str, ...] = _setting("", _each(Regexp(rf"{_ORIGIN}\Z")), _ORIGINS)
    trusted_proxies: int = _number(0, 0, 10)
    registration: str = _one_of("open", "closed", later="verified")
    bcrypt_rounds: int = _number(12, 4, 16)
    password_min_length: int = _number(8, 8, 64)
    host: str = _setting("127.0.0.1", _HOST, "must be a lower-case host name or a bare IP address")
    port: int = _number(8000, 1, 65535)
    public_url: str = _setting("http://localhost:{port}", _web_url, _URL)
    web_concurrency: int = _number(min(os.cpu_count() or 1, 256), 1, 256)
    web_threads: int = _number(8, 2, 256)
    log_format: str = _one_of("json", "console")
    log_level: str = _one_of("info", "debug", "warning", "error")

    def __post_init__(self) -> None:
        """Refuse what production does not start with."""
        for refusal in _unsafe(self) if self.is_production else ():
            raise RefusedSetting(refusal)

    @classmethod
    def from_environ(cls, root: Path = _CHECKOUT) -> Self:
        """Read the environment over `root/.env`; the first unfit setting is a RefusedSetting."""
        environment = _Environment(root / ".env")
        values: dict[str, Any] = {}
        for each in fields(cls):
            name = _VARIABLES.get(each.name, each.name.upper())
            text = environment.find(name, each.metadata["default"].format_map(values))
            with _refusing(name, each.metadata["must"]):
                values[each.name] = each.metadata["read"](text)
        if values["app_env"] == "development" and not values["secret_key"]:
            with _refusing("SECRET_KEY", _KEPT):
                values["secret_key"] = _kept_secret(root)
        config = cls(**values)
        with _refusing("DATABASE_URL", _DATABASE):
            database_url = _database(config.database_url, root)
        return replace(config, database_url=database_url)

    @property
    def is_production(self) -> bool:
        """Whether this is production, where nothing is assumed."""
        return self.app_env == "production"

    @property
    def public_origin(self) -> str:
        """The origin of PUBLIC_URL, as browsers write it."""
        return "/".join(self.public_url.split("/")[:3])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what is allowed here and yet worth a second thought."""
        if self.is_production and not self.cookie_secure:
            return ("COOKIE_SECURE: false sends cookies over plain http, readable on the way",)
        return ()
