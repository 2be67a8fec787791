"""Counters of attempts in the database: exact over all workers and instances, on SQLite and PostgreSQL.

A window begins with its first hit and is judged by `app.kit.clock`, never by the database's clock: all numbers of time
are milliseconds, moments since 1970. Each function works on the connection that it is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Model, among, inserting
from app.kit.prepared import Prepared

HOUR = 3_600_000
DAY = 24 * HOUR
HOURS_COUNTED = 25  # the one that has begun, and those that the 24 h before it may touch


class RateCounter(Model):
    """How often something was tried in the window that `ends` then, and lasts `span`.

    `key` is a keyed digest. After `expires` the row says nothing any more.
    """

    __tablename__ = "rate_counters"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    count: Mapped[int]
    span: Mapped[int] = mapped_column(sa.BigInteger)
    ends: Mapped[int] = mapped_column(sa.BigInteger)
    expires: Mapped[int] = mapped_column(sa.BigInteger, index=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many hits in each window of `span`; one that was used up makes the next twice as long, up to `longest`.

    After `quiet` without a hit the windows are as short as in the beginning.
    """

    amount: int
    span: int
    longest: int
    quiet: int = 0


def hit(connection: sa.Connection, key: str, window: Window, *, now: int) -> int:
    """Count a hit if its window has room, in one statement; give how long to wait, 0 if it was counted.

    A hit that is refused writes nothing.
    """
    values = {
        "key": key,
        "now": now,
        "amount": window.amount,
        "base": window.span,
        "longest": window.longest,
        "quiet": window.quiet,
    }
    if _HIT.on(connection, **values):
        return 0
    ends = connection.execute(sa.select(RateCounter.ends).where(RateCounter.key == key)).scalar()
    return max((ends or now) - now, 1)


def hit_in_a_day(connection: sa.Connection, keys: Sequence[str], budget: int, *, now: int) -> int:
    """Count a hit if fewer than `budget` were counted in the last 24 h; give how long to wait, 0 if it was counted.

    Hits are counted by the hour, under one key for each of the last `HOURS_COUNTED`, the present one last: so there
    are never more than `budget` in any 24 h, and each is forgotten 24 to 25 h later. Whoever calls holds a lock.
    """
    ends = (now // HOUR + HOURS_COUNTED) * HOUR
    values = {"key": keys[-1], "keys": list(keys), "budget": budget, "ends": ends}
    if connection.execute(_hit_in_a_day(connection.dialect.name), values).first() is not None:
        return 0
    earliest = connection.execute(sa.select(sa.func.min(RateCounter.ends)).where(RateCounter.key.in_(keys))).scalar()
    return max((earliest or now) - now, 1)


def prune(connection: sa.Connection, batch: int, *, now: int) -> int:
    """Delete up to `batch` rows that say nothing any more; say how many went."""
    some = among(RateCounter.key, until=RateCounter.expires, by=now, batch=batch)
    return connection.execute(sa.delete(RateCounter).where(some)).rowcount


def _given(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger)


def _hit(dialect: str) -> sa.UpdateBase:
    row, now, amount, base = RateCounter, _given("now"), _given("amount"), _given("base")
    longest, quiet = _given("longest"), _given("quiet")
    over = row.ends <= now
    used_up = sa.and_(row.count >= amount, row.expires > now)
    twice = sa.case((row.span * 2 > longest, longest), else_=row.span * 2)
    span = sa.case((sa.not_(over), row.span), (used_up, twice), else_=base)
    ends = sa.case((over, now + span), else_=row.ends)
    first = {"key": sa.bindparam("key"), "count": 1, "span": base, "ends": now + base, "expires": now + base + quiet}
    return (  # type: ignore[no-any-return]  # the dialects' inserts have no common type
        inserting(dialect, RateCounter)
        .values(first)
        .on_conflict_do_update(
            index_elements=[row.key],
            set_={
                "count": sa.case((over, 1), else_=row.count + 1),
                "span": span,
                "ends": ends,
                "expires": ends + quiet,
            },
            where=sa.or_(over, row.count < amount),
        )
        .returning(row.key)
    )


_HIT = Prepared(_hit)


@cache
def _hit_in_a_day(dialect: str) -> sa.Executable:
    row, ends = RateCounter, _given("ends")
    counted = sa.select(sa.func.coalesce(sa.func.sum(row.count), 0)).where(
        row.key.in_(sa.bindparam("keys", expanding=True))
    )
    first = sa.select(sa.bindparam("key", type_=sa.String), sa.literal(1), sa.literal(HOUR, sa.BigInteger), ends, ends)
    return (  # type: ignore[no-any-return]  # the dialects' inserts have no common type
        inserting(dialect, RateCounter)
        .from_select(
            ["key", "count", "span", "ends", "expires"], first.where(counted.scalar_subquery() < _given("budget"))
        )
        .on_conflict_do_update(index_elements=[row.key], set_={"count": row.count + 1})
        .returning(sa.literal_column("1"))
    )
