"""Users, the roles they have, and those who have yet to prove their address."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit import clock
from app.kit.database import Model, Record


class User(Record):
    """Somebody with an account. `email` is shown as given, `email_key` is the mailbox it names."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320), unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(100))
    password_hash: Mapped[str] = mapped_column(sa.String(128))
    password_changed_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    email_verified_at: Mapped[datetime | None] = mapped_column(default=None)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)


class UserRole(Model):
    """A role that a user has."""

    __tablename__ = "user_roles"

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(32), primary_key=True, index=True)


class PendingUser(Record):
    """Somebody who applied for an account and has yet to prove the address. Several may apply for one mailbox."""

    __tablename__ = "pending_users"

    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320), index=True)
    name: Mapped[str | None] = mapped_column(sa.String(100))
    password_hash: Mapped[str] = mapped_column(sa.String(128))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class KnownNetwork(Model):
    """A network from which an account signed in, and when it last did."""

    __tablename__ = "known_networks"

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
