"""The outbox: mails that have not left yet, without a token in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit import clock
from app.kit.database import Record


class Occasion(StrEnum):
    """Why a mail is sent. What it says is decided at sending: whether an account exists shows nowhere before."""

    REGISTERED = "registered"
    APPLIED = "applied"
    KNOWN = "known"
    ASKED_AGAIN = "asked_again"
    FORGOT = "forgot"
    MOVING = "moving"
    MOVING_AWAY = "moving_away"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  an occasion, not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105  an occasion, not a password


class Mail(Record):
    """A mail to an account, to somebody who applied for one, or to an address that somebody named.

    Whoever moves `due_at` has it until then; `attempts` tells one holder from the next.
    """

    __tablename__ = "outbox"

    occasion: Mapped[str] = mapped_column(sa.String(32))
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    pending_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("pending_users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str | None] = mapped_column(sa.String(320))
    due_at: Mapped[datetime] = mapped_column(index=True, default_factory=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
