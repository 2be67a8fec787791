"""How often something may be tried: LOGIN_LIMIT, REFRESH_LIMIT, REGISTER_LIMIT, MAIL_LIMIT, each for any subject.

The database counts every attempt that is let through, and it alone decides. Redis, where there is one, remembers whom
the database refused and until when, and turns them away before they reach it: without Redis nothing is looser.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hmac import digest
from importlib import import_module
from itertools import count as natural_numbers
from typing import Protocol, cast

from flask import Flask, current_app

from app.kit import clock, counters
from app.kit.connections import light
from app.kit.counters import DAY, HOUR, HOURS_COUNTED, Window
from app.kit.database import db, own_transaction, reader
from app.kit.metrics import Counter
from app.kit.problems import RateLimited
from app.kit.secrets import derive
from app.kit.settings import settings
from config import Config
from environment import Rate

EXTENSION = "latchkey-limits"
MILLISECOND = timedelta(milliseconds=1)
LONGEST_WINDOW = HOUR
HITS_PER_PRUNING = 64
PRUNED_AT_ONCE = 256  # more than the rows that so many hits can make


class Limit(StrEnum):
    """What is limited; the setting is NAME_LIMIT."""

    LOGIN = "login"
    REFRESH = "refresh"
    REGISTER = "register"
    MAIL = "mail"


REFUSED = Counter("limits_refused", "Requests refused by a limit", "limit", known=[(limit,) for limit in Limit])


class CountedTooLate(RuntimeError):
    """The request's transaction is open: counting would wait for it, on SQLite for ever."""


class Shield(Protocol):
    """Who remembers refusals in front of the database; whatever goes wrong with it, the database is asked."""

    def shut_until(self, key: str) -> int:
        """The moment until which the key is refused (ms since 1970); 0 if that is not known."""

    def shut(self, key: str, *, until: int, wait: int) -> None:
        """Remember the refusal for `wait` ms."""

    def answers(self) -> bool:
        """Whether it can be asked at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counting:
    """What counting needs of its application."""

    secret: bytes
    shield: Shield | None
    hits: Iterator[int] = field(default_factory=lambda: natural_numbers(1))

    def key(self, limit: Limit, subject: Mapping[str, str]) -> str:
        """The name under which it is counted: nobody without the secret can tell, or try, whom it names."""
        return digest(self.secret, json.dumps([limit, sorted(subject.items())]).encode(), "sha256").hex()


def init_app(app: Flask, config: Config) -> None:
    """Count under a key of this deployment; with REDIS_URL, behind Redis."""
    shield: Shield | None = None
    if config.redis_url:
        shield = import_module("app.kit.shield").RedisShield(config.redis_url)
    app.extensions[EXTENSION] = _Counting(secret=derive(config.secret_key, "limits"), shield=shield)


def count(limit: Limit, **subject: str) -> None:
    """Count an attempt of this subject, such as `account=...` or `session=...`, in windows of the setting's length.

    Before the request's transaction opens: the count stands, whatever becomes of the request.

    Raises:
        RateLimited: the window is used up; `Retry-After` says when the next begins.
    """
    rate = rate_of(limit)
    span = rate.window // MILLISECOND
    window = Window(amount=rate.amount, span=span, longest=span)

    def hit(key: str, now: int) -> int:
        with reader().connect() as connection, light(connection):
            return counters.hit(connection, key, window, now=now)

    _decide(hit, limit, subject)


def count_in_a_day(limit: Limit, *, in_a_day: int, **subject: str) -> None:
    """Count an attempt like `count`; besides, no 24 h let more than `in_a_day` through.

    Raises:
        RateLimited: the window or the day is used up.
    """
    span = rate_of(limit).window // MILLISECOND
    _count_in_a_day(limit, subject, in_a_day=in_a_day, longest=span)


def count_doubling(limit: Limit, *, in_a_day: int, **subject: str) -> None:
    """Count an attempt like `count_in_a_day`, but each window that was used up makes the next twice as long.

    That goes up to an hour. A window that was not used up, or a day of quiet, ends it.

    Raises:
        RateLimited: the window or the day is used up.
    """
    _count_in_a_day(limit, subject, in_a_day=in_a_day, longest=LONGEST_WINDOW)


def _count_in_a_day(limit: Limit, subject: Mapping[str, str], *, in_a_day: int, longest: int) -> None:
    rate = rate_of(limit)
    span = rate.window // MILLISECOND
    window = Window(amount=rate.amount, span=span, longest=max(span, longest), quiet=DAY)

    def hit(key: str, now: int) -> int:
        past = reversed(range(HOURS_COUNTED))
        hours = [_counting().key(limit, {**subject, "hour": str(now // HOUR - ago)}) for ago in past]
        with own_transaction() as connection:  # the first statement locks the subject's row
            wait = counters.hit(connection, key, window, now=now)
            return wait or counters.hit_in_a_day(connection, hours, in_a_day, now=now)

    _decide(hit, limit, subject)


def prune(batch: int) -> int:
    """Delete up to `batch` counters that say nothing any more; say how many went."""
    with reader().connect() as connection, light(connection):
        return counters.prune(connection, batch, now=_now())


def is_shielded() -> bool:
    """Whether Redis stands in front, as REDIS_URL says; without it, whether there should be none."""
    shield = _counting().shield
    return shield is None or shield.answers()


def rate_of(limit: Limit) -> Rate:
    """What the setting says."""
    return cast("Rate", getattr(settings(), f"{limit}_limit"))


def _decide(hit: Callable[[str, int], int], limit: Limit, subject: Mapping[str, str]) -> None:
    if db.session.registry.has() and db.session().in_transaction():
        raise CountedTooLate
    if not settings().rate_limits:
        return
    counting, now = _counting(), _now()
    key, shield = counting.key(limit, subject), counting.shield
    known = shield.shut_until(key) - now if shield else 0
    wait = known if known > 0 else hit(key, now)
    if wait and shield and wait != known:
        shield.shut(key, until=now + wait, wait=wait)
    if wait:
        REFUSED.count(limit)
        raise RateLimited(headers={"Retry-After": str(math.ceil(wait / 1000))})
    if next(counting.hits) % HITS_PER_PRUNING == 0:
        prune(PRUNED_AT_ONCE)


def _counting() -> _Counting:
    return cast("_Counting", current_app.extensions[EXTENSION])


def _now() -> int:
    return int(clock.now().timestamp() * 1000)
