"""The settings: read once from the environment, strict, safe by default. `environment.py` has the readers."""
# ruff: noqa: RUF009 - what is called in Config's body declares fields, as dataclasses.field does

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from marshmallow.validate import Regexp
from sqlalchemy import make_url

import safety
from environment import (
    HOST,
    IPV6,
    LOOPBACK,
    NAME,
    ORIGIN,
    SECRET_BYTES,
    Environment,
    MailRoute,
    Rate,
    RefusedSetting,
    database,
    duration,
    each_of,
    flag,
    kept_secret,
    mail_route,
    number,
    one_of,
    rate,
    redis,
    refusing,
    seconds,
    secret,
    setting,
    span,
    switch,
    web_url,
)

__all__ = ["Config", "RefusedSetting"]

_CHECKOUT = Path(__file__).resolve().parent
_VARIABLES = {"refresh_replay": "REFRESH_REPLAY_SECONDS"}  # the others are the field's upper case
_UNSET = (
    f"SECRET_KEY: must be at least {SECRET_BYTES} random bytes (python -c 'import secrets; "
    "print(secrets.token_urlsafe(48))'), or APP_ENV=development for this checkout's own data"
)
_SHORT = f"must be at least {SECRET_BYTES} bytes of UTF-8 text without a comma"
_KEPT = "instance/secret_key is unusable: restore it, delete it for a new one, or set SECRET_KEY"
_DATABASE = (
    "must be sqlite:///FILE (writable, no options) or postgresql://USER:PASSWORD@HOST/NAME "
    "(which needs its driver: pip install latchkey[postgres])"
)
_URL = "must be http(s)://HOST[:PORT][/PATH] in lower case, no :80 or :443, no ? or #"
_CLAIM = "must be 1 to 255 printable characters"
_ORIGINS = "must be exact: http(s)://HOST[:PORT] in lower case, no slash, path, *, :80 or :443"
_ROUNDS = 10
_PRINTABLE = Regexp(r"[ -~]{1,255}\Z")
_REDIS = "must be redis://, rediss:// or unix:// (which needs its driver: pip install latchkey[redis])"
_MAIL = (
    "must be smtp[s]://[USER:PASSWORD@]HOST[:PORT][?starttls=1&from=ADDRESS] (percent-encoded), "
    "file:DIR (writable) or console:"
)
_BIND = "must be HOST:PORT, an IPv6 address in brackets (127.0.0.1:9100)"
_ADDRESS = re.compile(rf"({NAME}|\[{IPV6}\]):(?P<port>[1-9][0-9]{{0,4}})")
_LAST_PORT = 65535
_SAFE = re.compile(rf"https:|http://({LOOPBACK})(:|/|\Z)")
_LONGEST = {"refresh_token_ttl": "400d", "session_ttl": "400d", "fresh_ttl": "24h"}  # no browser keeps a cookie longer
_NO_DEBUG = {"", "0", "false", "no"}  # as Flask reads it


def _url(text: str) -> str:
    make_url(text)
    return text


def _variable(field: str) -> str:
    """What the environment calls a field."""
    return _VARIABLES.get(field, field.upper())


def _bind(text: str) -> str:
    """An address to listen on, or nothing."""
    found = _ADDRESS.fullmatch(text)
    if text and (found is None or int(found["port"]) > _LAST_PORT):
        raise ValueError
    return text


def _unsafe(config: "Config") -> Iterator[str]:
    """Yield what each setting allows by itself and production does not."""
    yield from _unsafe_secrets(config)
    if config.bcrypt_rounds < _ROUNDS:
        yield f"BCRYPT_ROUNDS: must be a whole number from {_ROUNDS} to 16 in production"
    if not config.rate_limits:
        yield "RATE_LIMITS: must be on in production"
    for name, longest in _LONGEST.items():
        if getattr(config, name) > span(longest):
            yield f"{name.upper()}: must be a duration up to {longest} in production"
    yield from _unsafe_on_the_way(config)


def _unsafe_secrets(config: "Config") -> Iterator[str]:
    if not config.secret_key:
        yield _UNSET
    if safety.is_guessable(config.secret_key):
        yield "SECRET_KEY: must be random in production, this one can be guessed"
    if config.secret_key in {
        *map(safety.password_in, (config.database_url, config.redis_url)),
        config.mail_url.password,
    }:
        yield "SECRET_KEY: must be a secret of its own in production, not the password of something else too"
    if any(map(safety.is_guessable, config.secret_key_fallbacks)):
        yield "SECRET_KEY_FALLBACKS: must be random in production, one of them can be guessed"
    if config.secret_key in config.secret_key_fallbacks:
        yield "SECRET_KEY_FALLBACKS: must be older secrets in production, not SECRET_KEY itself"


def _unsafe_on_the_way(config: "Config") -> Iterator[str]:
    yield from safety.refused_parts(database_url=config.database_url, redis_url=config.redis_url)
    if config.mail_url.is_readable_on_its_way:
        yield "MAIL_URL: must be smtps:// or have starttls=1 in production, unless that server is on this machine"
    if config.registration == "verified" and config.mail_url.scheme == "console":
        yield "REGISTRATION: must not be verified in production while MAIL_URL is console: (nobody would get the link)"
    # Whoever rewrites a page of a trusted origin on its way acts with the caller's cookies.
    for name, urls in (("CORS_ORIGINS", config.cors_origins), ("PUBLIC_URL", [config.public_url])):
        if config.cookie_secure and not all(map(_SAFE.match, urls)):
            yield f"{name}: must be https or loopback in production, or COOKIE_SECURE=false (a LAN)"


def _unsafe_around(environment: Environment, root: Path) -> Iterator[str]:
    """Yield what others' settings, and the modes of the files that ours come from, allow in production."""
    if environment.find("FLASK_DEBUG", "").lower() not in _NO_DEBUG:
        yield "FLASK_DEBUG: must be off in production"
    if environment.find("SSLKEYLOGFILE", ""):
        yield "SSLKEYLOGFILE: must be unset in production, it opens what TLS closes"
    names = [f"{_variable(each.name)}_FILE" for each in fields(Config)]
    for name, file in {".env": str(root / ".env"), **{name: environment.find(name, "") for name in names}}.items():
        if file and safety.anybody_writes(Path(file)):
            yield f"{name}: must be a file in production that not everybody may write"


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Every setting, checked; `Config.from_environ()` reads them once."""

    app_env: str = one_of("production", "development")
    secret_key: str = setting("", lambda text: text and secret(text), _SHORT, shown=False)
    secret_key_fallbacks: tuple[str, ...] = setting("", each_of(secret), _SHORT, shown=False)
    database_url: str = setting("sqlite:///instance/latchkey.db", _url, _DATABASE, shown=False)
    jwt_algorithm: str = one_of("HS256", "HS384", "HS512", "ES256", "EdDSA", "PS256", "RS256", "RS512")
    jwt_issuer: str = setting("latchkey", _PRINTABLE, _CLAIM)
    jwt_audience: str = setting("latchkey-api", _PRINTABLE, _CLAIM)
    access_token_ttl: timedelta = duration("15m", "24h")
    refresh_token_ttl: timedelta = duration("7d")
    session_ttl: timedelta = duration("30d")
    refresh_replay: timedelta = setting("10", seconds, "must be a whole number from 0 to 60")
    fresh_ttl: timedelta = duration("10m")
    cookie_secure: bool = flag("true")
    cors_origins: tuple[str, ...] = setting("", each_of(Regexp(rf"{ORIGIN}\Z")), _ORIGINS)
    trusted_proxies: int = number(0, 0, 10)
    registration: str = one_of("open", "verified", "closed")
    bcrypt_rounds: int = number(12, 4, 16)
    password_min_length: int = number(8, 8, 64)
    login_limit: Rate = rate("10/minute")
    refresh_limit: Rate = rate("60/minute")
    register_limit: Rate = rate("20/hour")
    mail_limit: Rate = rate("5/hour")
    rate_limits: bool = flag("on")
    redis_url: str = setting("", redis, _REDIS, shown=False)
    mail_url: MailRoute = setting("console:", mail_route, _MAIL, shown=False)
    host: str = setting("127.0.0.1", HOST, "must be a lower-case host name or a bare IP address")
    port: int = number(8000, 1, 65535)
    public_url: str = setting("http://localhost:{port}", web_url, _URL)
    demo: bool = switch(development="on", production="off")
    web_concurrency: int = number(min(os.cpu_count() or 1, 256), 1, 256)
    web_threads: int = number(8, 2, 256)
    metrics_bind: str = setting("", _bind, _BIND)
    log_format: str = one_of("json", "console")
    log_level: str = one_of("info", "debug", "warning", "error")

    def __post_init__(self) -> None:
        """Refuse what cannot work, and what production does not start with."""
        if self.metrics_bind and self.metrics_address[1] == self.port:
            raise RefusedSetting("METRICS_BIND: must be on another port than PORT: metrics are not for the public")
        for refusal in self.refused_in_production() if self.is_production else ():
            raise RefusedSetting(refusal)

    @classmethod
    def from_environ(cls, root: Path = _CHECKOUT) -> Self:
        """Read the environment over `root/.env`; the first unfit setting is a RefusedSetting."""
        environment = Environment(root / ".env")
        values: dict[str, Any] = {}
        for each in fields(cls):
            name = _variable(each.name)
            text = environment.find(name, each.metadata["default"].format_map(values))
            with refusing(name, each.metadata["must"]):
                values[each.name] = each.metadata["read"](text)
        if values["app_env"] == "development" and not values["secret_key"]:
            with refusing("SECRET_KEY", _KEPT):
                values["secret_key"] = kept_secret(root)
        config = cls(**values)
        for refusal in _unsafe_around(environment, root) if config.is_production else ():
            raise RefusedSetting(refusal)
        with refusing("DATABASE_URL", _DATABASE):
            database_url = database(config.database_url, root)
        return replace(config, database_url=database_url, mail_url=config.mail_url.within(root))

    def refused_in_production(self) -> Iterator[str]:
        """What production does not start with, each in one line, `NAME: why`."""
        return _unsafe(self)

    @property
    def is_production(self) -> bool:
        """Whether this is production, where nothing is assumed."""
        return self.app_env == "production"

    @property
    def metrics_address(self) -> tuple[str, int]:
        """Host and port of METRICS_BIND, which must be set."""
        host, _, port = self.metrics_bind.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def public_origin(self) -> str:
        """The origin of PUBLIC_URL, as browsers write it."""
        return "/".join(self.public_url.split("/")[:3])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what is allowed here and yet worth a second thought."""
        found = []
        if self.is_production and not self.cookie_secure:
            found.append("COOKIE_SECURE: false sends cookies over plain http, readable on the way")
        if self.metrics_bind and not re.match(rf"({LOOPBACK}):", self.metrics_bind):
            found.append("METRICS_BIND: whoever reaches that address reads the metrics: let only Prometheus do")
        return tuple(found)
