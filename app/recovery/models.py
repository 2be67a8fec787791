"""Mailed one-time tokens, of which only a digest is kept."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Model


class Purpose(StrEnum):
    """What a mailed token is good for, and nothing else."""

    VERIFY = "verify"
    RESET = "reset"
    MOVE = "move"


class MailedToken(Model):
    """A token in somebody's mailbox: of an account, or of somebody who applied for one. `email` is where it went."""

    __tablename__ = "mailed_tokens"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(16))
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    pending_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("pending_users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(sa.String(320))
    expires_at: Mapped[datetime] = mapped_column(index=True)
