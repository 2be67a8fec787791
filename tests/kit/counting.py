"""Attempts that are counted, and how long the refused ones are told to wait."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.kit import limits
from app.kit.counters import RateCounter
from app.kit.database import read
from app.kit.limits import Limit
from app.kit.problems import RateLimited

NOON = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLENTY = 1_000_000


def wait(subject: str = "ada") -> int:
    """Count an attempt: for how many seconds it is refused; 0 if it is not."""
    try:
        limits.count(Limit.LOGIN, account=subject)
    except RateLimited as refusal:
        return int(refusal.headers["Retry-After"])
    return 0


def wait_doubling(*, in_a_day: int = PLENTY) -> int:
    """The same where windows double."""
    try:
        limits.count_doubling(Limit.LOGIN, in_a_day=in_a_day, account="ada")
    except RateLimited as refusal:
        return int(refusal.headers["Retry-After"])
    return 0


def rows() -> list[tuple[str, int]]:
    """What is counted, by its key."""
    return [(row.key, row.times) for row in read(sa.select(RateCounter.key, RateCounter.count.label("times")))]


def counts() -> list[int]:
    """How often each was tried."""
    return [count for _, count in rows()]
