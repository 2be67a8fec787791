"""The blocklist: what ended and why, until no token can name it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from app.keys.models import KeyRing
from app.kit import clock, pruning
from app.kit.database import among, db, inserting, writer
from app.kit.moments import UtcTime
from app.kit.prepared import Prepared
from app.kit.settings import settings
from app.sessions.models import Blocked, Reason
from app.users.models import User
from app.users.service import Profile, profile_columns, profile_of

LEEWAY = timedelta(seconds=10)
MARGIN = LEEWAY + timedelta(seconds=60)
KEPT_ON = timedelta(days=1)  # a clock that ran ahead and was put right brings nothing revoked back


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts at this moment: the account, or the reason why the session is over."""

    profile: Profile | None
    ended: Reason | None
    ring_version: int


@cache
def _blocking(number: int) -> Prepared:
    """An INSERT of so many identifiers, each blocked already or not."""
    rows = [row_of(each) for each in range(number)]
    return Prepared(lambda dialect: inserting(dialect, Blocked).values(rows).on_conflict_do_nothing())


def row_of(number: int) -> dict[str, sa.BindParameter[Any]]:
    """Where a statement takes one of the rows of `values`, by column."""
    columns = Blocked.__table__.columns
    return {each.name: sa.bindparam(f"{each.name}_{number}", type_=each.type) for each in columns}


_EXPIRED = among(
    Blocked.id,
    until=Blocked.expires_at,
    by=sa.bindparam("now", type_=UtcTime),
    batch=sa.bindparam("batch", type_=sa.Integer),
)
_PRUNE = sa.delete(cast("sa.Table", Blocked.__table__)).where(_EXPIRED)


def block(identifier: str, reason: Reason, *, until: datetime) -> None:
    """Let no token with this `sid` or `jti` count any more; `until` is when the last one expires."""
    block_each([(identifier, until)], reason)


def block_each(identifiers: Sequence[tuple[str, datetime]], reason: Reason, *, by: sa.Connection | None = None) -> None:
    """Block each identifier, blocked already or not, until its own moment."""
    connection = by or writer()
    _blocking(len(identifiers)).on(connection, **values(identifiers, reason))
    prune_sometimes(connection)


def values(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> dict[str, Any]:
    """The rows of these identifiers as values of a statement: `id_0`, `reason_0`, `expires_at_0`, `id_1` ..."""
    rows = enumerate(_rows(identifiers, reason))
    return {f"{name}_{row}": value for row, each in rows for name, value in each.items()}


def block_many(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> None:
    """Block each new identifier until its own moment."""
    if identifiers:
        db.session.execute(sa.insert(Blocked), _rows(identifiers, reason))
        prune_sometimes(writer())


def _rows(identifiers: Sequence[tuple[str, datetime]], reason: Reason) -> list[dict[str, Any]]:
    return [{"id": name, "reason": str(reason), "expires_at": until + MARGIN} for name, until in identifiers]


def reason_or_none(identifier: str) -> Reason | None:
    """What the blocklist says of a `sid` or `jti`, in this transaction."""
    reason = db.session.scalar(sa.select(Blocked.reason).where(Blocked.id == identifier))
    return None if reason is None else Reason(reason)


def last_word(refresh_expires_at: datetime) -> datetime:
    """When the last token of a session that ends now will have expired."""
    return max(refresh_expires_at, clock.now() + settings().access_token_ttl)


def prune_sometimes(by: sa.Connection) -> None:
    """Prune, if it is this write's turn."""
    if batch := pruning.due("blocklist"):
        _prune(by, batch)


def prune(batch: int) -> int:
    """Delete up to `batch` rows that no token can name any more, for `KEPT_ON` already; say how many went."""
    return _prune(writer(), batch)


def _prune(by: sa.Connection, batch: int) -> int:
    return by.execute(_PRUNE, {"now": clock.now() - KEPT_ON, "batch": batch}).rowcount


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
