"""What a door may mint tokens from, and the statements that begin a session and spend a refresh token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from app.kit.moments import UtcTime
from app.kit.prepared import Prepared
from app.sessions.models import Session
from app.users.models import User
from app.users.service import roles_column


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The session as it stands now, and what its user may do."""

    user_id: UUID
    session_id: UUID
    by_cookie: bool
    refresh_jti: str
    refresh_issued_at: datetime
    refresh_expires_at: datetime
    fresh_until: datetime
    roles: tuple[str, ...]


SESSIONS = cast("sa.Table", Session.__table__)  # the table itself: statements of Core, without the ORM's work on each
GRANTED = (
    Session.id,
    Session.user_id,
    Session.by_cookie,
    Session.refresh_jti,
    Session.rotated_at,
    Session.refresh_expires_at,
    Session.fresh_until,
    roles_column("sessions.user_id"),
)
_GIVEN = {each.name: sa.bindparam(each.name, type_=each.type) for each in SESSIONS.columns}
_OWNER = (  # the lock keeps password and account as they are until the session is there, or lets it see them changed
    User.id == _GIVEN["user_id"],
    User.password_changed_at == sa.bindparam("unchanged_since"),
    User.disabled_at.is_(None),
)
START = Prepared(
    sa.insert(SESSIONS)
    .from_select([*_GIVEN], sa.select(*_GIVEN.values()).where(*_OWNER).with_for_update(key_share=True))
    .returning(*GRANTED)
)
_NOW, _LATEST = (sa.bindparam(name, type_=UtcTime) for name in ("now", "latest"))
ROTATE = Prepared(
    sa.update(SESSIONS)
    .where(Session.id == sa.bindparam("this"), Session.refresh_jti == sa.bindparam("spent"), Session.expires_at > _NOW)
    .values(
        spent_jti=Session.refresh_jti,
        refresh_jti=sa.bindparam("successor"),
        rotated_at=_NOW,
        last_used_at=_NOW,
        refresh_expires_at=sa.case((Session.expires_at < _LATEST, Session.expires_at), else_=_LATEST),
    )
    .returning(*GRANTED)
)


def granted(session: Session | sa.Row[*tuple[Any, ...]], *, roles: tuple[str, ...]) -> Grant:
    """The grant of a session, or of a row of `GRANTED`."""
    return Grant(
        user_id=session.user_id,
        session_id=session.id,
        by_cookie=session.by_cookie,
        refresh_jti=session.refresh_jti,
        refresh_issued_at=session.rotated_at.replace(microsecond=0),
        refresh_expires_at=session.refresh_expires_at,
        fresh_until=session.fresh_until,
        roles=roles,
    )
