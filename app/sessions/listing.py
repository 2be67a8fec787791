"""Live sessions as they are listed: where somebody is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.kit import clock
from app.kit.paging import Page, page_as
from app.sessions.models import Session

SHOWN = ("id", "created_at", "last_used_at", "expires_at", "ip", "user_agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A live session. `expires_at` is when it ends for good, used or not; `current` is the one that asks."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str | None
    current: bool


def listed(user_id: UUID, *, current: UUID | None, limit: int, cursor: str | None) -> Page[SignedIn]:
    """One page of the user's live sessions, newest first."""
    rows = sa.select(Session).where(Session.user_id == user_id, *live())

    def shape(row: sa.Row[Any]) -> SignedIn:
        session: Session = row[0]
        shown = {name: getattr(session, name) for name in SHOWN}
        return SignedIn(**shown, current=session.id == current)

    return page_as(shape, rows, Session.id, limit=limit, cursor=cursor)


def live(*, leeway: timedelta = timedelta(0)) -> tuple[sa.ColumnElement[bool], ...]:
    """What is true of a session that has come neither to its idle end, this long ago, nor to its absolute one."""
    now = clock.now()
    return Session.refresh_expires_at > now - leeway, Session.expires_at > now
