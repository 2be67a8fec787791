"""Sessions: begin, rotate, prove, end. Every one-time thing is decided by one conditional write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from uuid6 import uuid7

from app.access.problems import SessionEnded
from app.audit import service as audit
from app.audit.models import Action
from app.kit import clock, pruning
from app.kit.database import alone, db, delete_batch, read, writer
from app.kit.secrets import random_id
from app.kit.settings import settings
from app.sessions import blocklist, counting
from app.sessions.blocklist import LEEWAY, MARGIN
from app.sessions.grants import GRANTED, ROTATE, START, Grant, granted
from app.sessions.listing import live
from app.sessions.models import Reason, Session
from app.sessions.problems import RefreshInvalid, RefreshReused
from app.users import changes
from app.users.service import roles_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a session was begun from; `user_agent` as sent, cut at what `client_agent_or_none` keeps."""

    ip: str
    user_agent: str | None


def start_or_none(user_id: UUID, *, password_changed_at: datetime, by_cookie: bool, device: Device) -> Grant | None:
    """Begin a session, if the password is still the one that was checked and the account is not disabled."""
    moment, config = clock.now(), settings()
    now = moment.replace(microsecond=0)
    expires_at = now + config.session_ttl
    begun = START.on(
        writer(),
        unchanged_since=password_changed_at,
        id=uuid7(),
        created_at=moment,
        user_id=user_id,
        by_cookie=by_cookie,
        refresh_jti=random_id(),
        spent_jti=None,
        rotated_at=now,
        refresh_expires_at=min(now + config.refresh_token_ttl, expires_at),
        last_used_at=moment,
        fresh_until=now + config.fresh_ttl,
        expires_at=expires_at,
        ip=device.ip,
        user_agent=device.user_agent,
    )
    if not begun:
        return None
    session = begun[0]
    audit.record(Action.SESSION_BEGUN, subject_id=user_id, actor_id=user_id, session_id=session.id)
    if batch := pruning.due("sessions"):
        _prune_sessions(batch)
    return granted(session, roles=roles_of(session))


def rotate(session_id: UUID, refresh_jti: str) -> Grant:
    """Spend a refresh token and grant its successor; the same one again to whoever repeats inside the window.

    Raises:
        SessionEnded, RefreshInvalid, RefreshReused: as `replayable`.
    """
    now = clock.now()
    latest = now.replace(microsecond=0) + settings().refresh_token_ttl
    values = {"this": session_id, "spent": refresh_jti, "now": now, "latest": latest, "successor": random_id()}
    with alone() as connection:
        won = ROTATE.on(connection, **values)
    if not won:
        return counting.replayed(replayable(session_id, refresh_jti))
    return counting.rotated(granted(won[0], roles=roles_of(won[0])))


def replayable(session_id: UUID, refresh_jti: str) -> Grant:
    """The grant of a refresh token that is live, or was spent inside the replay window and its successor not yet.

    Raises:
        SessionEnded: it ended or expired.
        RefreshInvalid: there never was such a session here.
        RefreshReused: the token was spent before; the session is ended by this.
    """
    this = sa.select(*GRANTED, Session.spent_jti, Session.expires_at).where(Session.id == session_id)
    session = db.session.execute(this).one_or_none()
    if session is None:
        raise _ended(session_id)
    now = clock.now()
    if session.expires_at <= now:
        raise ended_for(Reason.EXPIRED)
    if _is_current(session, refresh_jti, now):
        return granted(session, roles=roles_of(session))
    if not end(session_id, Reason.REFRESH_REUSED):
        raise _ended(session_id)
    audit.record(Action.SESSION_REFRESH_REUSED, subject_id=session.user_id, session_id=session_id)
    raise RefreshReused


def is_replayable(session_id: UUID, refresh_jti: str) -> bool:
    """Whether `replayable` would give the session; ends nothing, read outside any transaction."""
    rows = read(sa.select(Session.__table__).where(Session.id == session_id))
    now = clock.now()
    return bool(rows) and rows[0].expires_at > now and _is_current(rows[0], refresh_jti, now)


def _is_current(session: sa.Row[*tuple[Any, ...]], refresh_jti: str, now: datetime) -> bool:
    """Whether the token is the live one, or was spent inside the replay window."""
    window, age = settings().refresh_replay, now - session.rotated_at  # negative where a clock was put back
    just_spent = session.spent_jti == refresh_jti and bool(window) and -LEEWAY <= age <= window
    return session.refresh_jti == refresh_jti or just_spent


def prove(session_id: UUID) -> Grant:
    """Note that the password was proven just now.

    Raises:
        SessionEnded: the session ended or expired meanwhile.
    """
    now = clock.now()
    fresh_until = now.replace(microsecond=0) + settings().fresh_ttl
    session = db.session.execute(
        sa.update(Session)
        .where(Session.id == session_id, Session.refresh_expires_at > now)
        .values(fresh_until=fresh_until, last_used_at=now)
        .returning(*GRANTED)
    ).one_or_none()
    if session is None:
        raise expired_or_ended(session_id)
    audit.record(Action.SESSION_PROVEN, subject_id=session.user_id, session_id=session_id)
    return granted(session, roles=roles_of(session))


def end(session_id: UUID, reason: Reason, *, of: UUID | None = None) -> bool:
    """End a session (with `of` only one of that user that a token can still renew): no token counts from now on.

    Say whether it was alive.
    """
    theirs = [] if of is None else [Session.user_id == of, *live(leeway=LEEWAY)]
    return bool(_end_where(sa.and_(Session.id == session_id, *theirs), reason))


def end_all(user_id: UUID, reason: Reason, *, keep: UUID | None = None, actor_id: UUID | None = None) -> int:
    """End every session of the user, or every other than the one to keep; say how many.

    One that begins at this moment is waited for. `actor_id` is who ends them, where that is not the caller.
    """
    changes.lock_or_none(user_id)
    theirs = [Session.user_id == user_id] + ([] if keep is None else [Session.id != keep])
    return _end_where(sa.and_(*theirs), reason, actor_id=actor_id)


def end_batch(reason: Reason, *, begun_by: datetime, batch: int) -> int:
    """End up to `batch` of all the sessions begun by then; say how many."""
    some = sa.select(Session.id).where(Session.created_at <= begun_by).limit(batch)
    return _end_where(Session.id.in_(some), reason)


def _end_where(which: sa.ColumnElement[bool], reason: Reason, *, actor_id: UUID | None = None) -> int:
    gone = db.session.execute(
        sa.delete(Session)
        .where(which)
        .returning(Session.id, Session.user_id, Session.refresh_expires_at)
        .execution_options(synchronize_session=False)
    ).all()
    blocklist.block_many([(str(row.id), blocklist.last_word(row.refresh_expires_at)) for row in gone], reason)
    ended = [(row.user_id, row.id) for row in gone]
    audit.record_each(Action.SESSION_ENDED, ended, actor_id=actor_id, reason=str(reason))
    return len(gone)


def is_live(session_id: UUID) -> bool:
    """Whether the session is alive, read outside any transaction."""
    return bool(read(sa.select(Session.id).where(Session.id == session_id, Session.expires_at > clock.now())))


def ended_for(reason: Reason | str) -> SessionEnded:
    """The refusal that tells why."""
    return SessionEnded(members={"reason": str(reason)})


def expired_or_ended(session_id: UUID) -> SessionEnded:
    """The refusal for an authentic token past its time: why its session ended, or that it expired."""
    return ended_for(blocklist.reason_or_none(str(session_id)) or Reason.EXPIRED)


def prune(batch: int) -> int:
    """Delete up to `batch` expired sessions and as many expired blocklist rows; say how many went."""
    return _prune_sessions(batch) + blocklist.prune(batch)


def _ended(session_id: UUID) -> SessionEnded | RefreshInvalid:
    reason = blocklist.reason_or_none(str(session_id))
    return RefreshInvalid() if reason is None else ended_for(reason)


def _prune_sessions(batch: int) -> int:
    return delete_batch(Session.id, until=Session.refresh_expires_at, by=clock.now() - MARGIN, batch=batch)
