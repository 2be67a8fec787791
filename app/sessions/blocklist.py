"""The blocklist: what ended and why, until no token can name it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app

from app.keys.models import KeyRing
from app.kit import clock
from app.kit.database import among, db, inserting, write, writer
from app.kit.moments import UtcTime
from app.kit.prepared import Prepared
from app.sessions.models import Blocked, Reason
from app.users.models import User
from app.users.service import Profile, profile_columns, profile_of

LEEWAY = timedelta(seconds=10)
MARGIN = LEEWAY + timedelta(seconds=60)
KEPT_ON = timedelta(days=1)  # a clock that ran ahead and was put right brings nothing revoked back
PRUNE_ON_WRITE = 20
WRITES_PER_PRUNING = 8
WRITES = "latchkey-blocklist-writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts at this moment: the account, or the reason why the session is over."""

    profile: Profile | None
    ended: Reason | None
    ring_version: int


@cache
def _blocking(number: int) -> Prepared:
    """An INSERT of so many identifiers, each blocked already or not."""
    columns = Blocked.__table__.columns
    rows = [
        {each.name: sa.bindparam(f"{each.name}_{row}", type_=each.type) for each in columns} for row in range(number)
    ]
    return Prepared(lambda dialect: inserting(dialect, Blocked).values(rows).on_conflict_do_nothing())


_EXPIRED = among(
    Blocked.id,
    which=Blocked.expires_at < sa.bindparam("now", type_=UtcTime),
    batch=sa.bindparam("batch", type_=sa.Integer),
)
_PRUNE = sa.delete(cast("sa.Table", Blocked.__table__)).where(_EXPIRED)


def init_app(app: Flask) -> None:
    """Count the writes of this process, so that one of each few prunes."""
    app.extensions[WRITES] = count(1)


def block(identifier: str, reason: Reason, *, until: datetime) -> None:
    """Let no token with this `sid` or `jti` count any more; `until` is when the last one expires."""
    block_each([(identifier, until)], reason)


def block_each(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> None:
    """Block each identifier, blocked already or not, until its own moment."""
    rows = enumerate(_rows(identifiers, reason))
    _blocking(len(identifiers)).on(
        writer(), **{f"{name}_{row}": value for row, each in rows for name, value in each.items()}
    )
    if next(current_app.extensions[WRITES]) % WRITES_PER_PRUNING == 0:
        prune(PRUNE_ON_WRITE * WRITES_PER_PRUNING)


def block_many(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> None:
    """Block each new identifier until its own moment."""
    if identifiers:
        db.session.execute(sa.insert(Blocked), _rows(identifiers, reason))


def _rows(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> list[dict[str, Any]]:
    return [{"id": name, "reason": str(reason), "expires_at": until + MARGIN} for name, until in identifiers]


def reason_or_none(identifier: str) -> Reason | None:
    """What the blocklist says of a `sid` or `jti`, in this transaction."""
    reason = db.session.scalar(sa.select(Blocked.reason).where(Blocked.id == identifier))
    return None if reason is None else Reason(reason)


def prune(batch: int) -> int:
    """Delete up to `batch` rows that no token can name any more, for `KEPT_ON` already; say how many went."""
    return write(_PRUNE, {"now": clock.now() - KEPT_ON, "batch": batch}).rowcount


_BLOCKED = (
    sa.select(Blocked.reason)
    .where(Blocked.id.in_([sa.bindparam("sid"), sa.bindparam("jti")]))
    .limit(sa.literal_column("1"))
    .scalar_subquery()
    .label("ended")
)
_RING = sa.select(KeyRing.version).scalar_subquery().label("ring_version")
_STANDING = Prepared(
    sa.select(_BLOCKED, _RING, *profile_columns())
    .select_from(sa.select(sa.literal_column("1").label("one")).subquery())
    .join(User, User.id == sa.bindparam("user_id"), isouter=True)
)


def standing(user_id: UUID, *, session_id: UUID, token_id: str) -> Standing:
    """Whether a verified token still counts, and for whom: one statement, outside any transaction.

    It starts from the blocklist, so that a deleted user is still told the reason.
    """
    (row,) = _STANDING.rows(sid=str(session_id), jti=token_id, user_id=user_id)
    profile = None if row.id is None else profile_of(row)
    ended = None if row.ended is None else Reason(row.ended)
    if profile is not None and profile.disabled:
        ended = ended or Reason.ACCOUNT_DISABLED
    return Standing(profile=profile, ended=ended, ring_version=row.ring_version)
