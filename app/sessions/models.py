"""Live sessions, and the blocklist of what ended."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit import clock
from app.kit.database import Model, Record


class Reason(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    LOGOUT_EVERYWHERE = "logout_everywhere"
    REVOKED_BY_USER = "revoked_by_user"
    REVOKED_BY_ADMIN = "revoked_by_admin"
    REFRESH_REUSED = "refresh_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a reason, not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105  a reason, not a password
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_DELETED = "account_deleted"
    EXPIRED = "expired"
    KEY_REVOKED = "key_revoked"


class Session(Record):
    """A live session: exactly one refresh token is live, and the one it succeeded is remembered.

    An ended session has no row here; the blocklist says why. `by_cookie` tells which way its tokens travel.
    """

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    by_cookie: Mapped[bool]
    refresh_jti: Mapped[str] = mapped_column(sa.String(64))
    spent_jti: Mapped[str | None] = mapped_column(sa.String(64))
    rotated_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime] = mapped_column(index=True)
    last_used_at: Mapped[datetime] = mapped_column(init=False, default_factory=clock.now)
    fresh_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(sa.String(64))
    user_agent: Mapped[str | None] = mapped_column(sa.Text)


class Blocked(Model):
    """A session (`sid`) or a single token (`jti`) whose word no longer counts, until no token can name it."""

    __tablename__ = "blocklist"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(32))
    expires_at: Mapped[datetime] = mapped_column(index=True)
