"""What makes a value unsafe; `config.py` says which settings are judged by it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from stat import S_ISREG, S_IWOTH
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import URL, make_url

# Printed in the documentation of jwt.io, Flask and FastAPI: every list of guesses has them.
PUBLISHED = {
    "a-string-secret-at-least-256-bits-long",
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
}
PLACEHOLDERS = "change|default|example|here|insecure|key|me|password|replace|secret|your"
DEFAULT_PASSWORDS = {"admin", "changeme", "default", "password", "postgres", "redis", "root", "secret"}
DISTINCT = 9  # 32 random hex digits have fewer different ones three times in a million
PERIOD = 16
IN_SEQUENCE = 0.8
NEAR = (".home.arpa", ".internal", ".lan", ".local", ".localhost")
WITHOUT_TLS = {"allow", "disable"}
UNCHECKED = {("ssl_cert_reqs", "none"), ("ssl_cert_reqs", "optional"), ("ssl_check_hostname", "false")}


def is_guessable(secret: str) -> bool:
    """Whether a secret is published, a placeholder, a repeated word or a row of neighbours."""
    few = len(set(re.sub(PLACEHOLDERS, "", secret.lower()))) < DISTINCT
    return few or secret in PUBLISHED or _period(secret) < PERIOD or _in_sequence(secret) > IN_SEQUENCE


def _period(text: str) -> int:
    """After how many characters the text begins anew, to its end."""
    return next((each for each in range(1, len(text)) if text.startswith(text[each:])), len(text))


def _in_sequence(text: str) -> float:
    """How much of the text follows its neighbour in the alphabet, 0 to 1."""
    steps = [ord(right) - ord(left) for left, right in pairwise(text)]
    return sum(step in {0, 1} for step in steps) / max(len(steps), 1)


def is_distant(host: str) -> bool:
    """Whether what is said to this host leaves the machine and the network around it, as far as its name tells."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_global
    return "." in host and not host.startswith("/") and not host.endswith(NEAR)


def database_goes_in_the_clear(url: str) -> bool:
    """Whether a distant PostgreSQL is asked for without TLS."""
    parts = make_url(url)
    return parts.query.get("sslmode") in WITHOUT_TLS and _is_distant(parts)


def database_password_is_default(url: str) -> bool:
    """Whether a distant PostgreSQL opens for a password that everybody tries first."""
    parts = make_url(url)
    password = str(parts.password or "")
    return bool(password) and password.lower() in DEFAULT_PASSWORDS | {str(parts.username)} and _is_distant(parts)


def _is_distant(parts: URL) -> bool:
    named = parts.host or parts.query.get("host") or ""
    return any(is_distant(host) for host in ([named] if isinstance(named, str) else named))


def redis_goes_in_the_clear(url: str) -> bool:
    """Whether a password travels to a distant Redis without TLS."""
    parts = urlsplit(url)
    return parts.scheme == "redis" and bool(parts.password) and is_distant(parts.hostname or "")


def redis_is_unchecked(url: str) -> bool:
    """Whether any server may say that it is this Redis."""
    options = {(name, value.lower()) for name, value in parse_qsl(urlsplit(url).query)}
    return url.startswith("rediss:") and not options.isdisjoint(UNCHECKED)


def password_in(url: str) -> str:
    """The password that a URL has, or nothing."""
    return str(make_url(url).password or "") if url else ""


def anybody_writes(path: Path) -> bool:
    """Whether every account of this machine may rewrite the file (never a pipe)."""
    with suppress(OSError):
        mode = path.stat().st_mode
        return S_ISREG(mode) and bool(mode & S_IWOTH)
    return False


def refused_parts(*, database_url: str, redis_url: str) -> Iterator[str]:
    """Yield why production does not talk to this database, or to this Redis."""
    if database_goes_in_the_clear(database_url):
        yield "DATABASE_URL: must be encrypted in production (sslmode=verify-full), unless the server is near"
    if database_password_is_default(database_url):
        yield "DATABASE_URL: must be opened by a password of your own in production, unless the server is near"
    if redis_goes_in_the_clear(redis_url):
        yield "REDIS_URL: must be rediss:// in production, unless the server is near or asks for no password"
    if redis_is_unchecked(redis_url):
        yield "REDIS_URL: must be checked by its certificate and name in production"
