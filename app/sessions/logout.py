"""Logout: a session that its owner leaves ends in a transaction of its own, before that of the request opens.

On PostgreSQL it is one statement, which deletes the session, blocks it and the token shown, and tells of it: in a
transaction of several they are five round trips. SQLite writes nothing inside WITH, and has no round trips.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

import sqlalchemy as sa

from app.audit import service as audit
from app.audit.models import Action
from app.kit import clock
from app.kit.database import alone, db, inserting, own_transaction
from app.kit.prepared import Prepared
from app.sessions import blocklist
from app.sessions.grants import SESSIONS
from app.sessions.models import Blocked, Reason, Session

TOLD = "told_"
REASON = str(Reason.LOGOUT)
_DELETE = (
    sa.delete(SESSIONS).where(Session.id == sa.bindparam("this")).returning(Session.user_id, Session.refresh_expires_at)
)
_GONE = Prepared(_DELETE)


def log_out(session_id: UUID, *, user_id: UUID, tokens: Sequence[tuple[str, datetime]]) -> None:
    """End the session, if it is alive, and these single tokens (`jti`, `exp`) in any case."""
    end = _at_once if db.engine.dialect.name == "postgresql" else _in_turn
    if end(session_id, user_id, tokens):
        audit.notice(Action.SESSION_ENDED, reason=REASON)


def _in_turn(session_id: UUID, user_id: UUID, tokens: Sequence[tuple[str, datetime]]) -> bool:
    with own_transaction() as connection:
        gone = next(iter(_GONE.on(connection, this=session_id)), None)
        ended = [] if gone is None else [(str(session_id), blocklist.last_word(gone.refresh_expires_at))]
        if ended or tokens:
            blocklist.block_each([*ended, *tokens], Reason.LOGOUT, by=connection)
        if gone is not None:
            audit.record(
                Action.SESSION_ENDED,
                subject_id=gone.user_id,
                session_id=session_id,
                actor_id=user_id,
                by=connection,
                reason=REASON,
            )
    return gone is not None


def _at_once(session_id: UUID, user_id: UUID, tokens: Sequence[tuple[str, datetime]]) -> bool:
    told = audit.told(Action.SESSION_ENDED, actor_id=user_id, reason=REASON) | {"session_id": session_id}
    blocked = [(str(session_id), blocklist.last_word(clock.now())), *tokens]
    values = {"this": session_id} | blocklist.values(blocked, Reason.LOGOUT)
    with alone() as connection:
        blocklist.prune_sometimes(connection)  # before: what follows is kept at once, and must be said to be
        gone = _together(len(tokens)).on(connection, **values, **{f"{TOLD}{name}": told[name] for name in told})
    return bool(gone)


@cache
def _together(tokens: int) -> Prepared:
    """The statement that ends a session and so many tokens; it brings a row if the session was alive."""
    gone = _DELETE.cte("gone")
    session, *others = map(blocklist.row_of, range(1 + tokens))
    latest = sa.func.greatest(
        gone.c.refresh_expires_at + sa.literal(blocklist.MARGIN, sa.Interval()), session["expires_at"]
    )
    rows = [sa.select(*(session | {"expires_at": latest}).values()).select_from(gone)]
    rows += [sa.select(*each.values()) for each in others]
    blocked = inserting("postgresql", Blocked).from_select([*session], sa.union_all(*rows)).on_conflict_do_nothing()
    return Prepared(sa.select(gone.c.user_id).add_cte(blocked.cte("blocked"), audit.telling(gone, TOLD).cte("told")))
