"""The key ring as it is stored."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Model


class State(StrEnum):
    """Where a key is in its life: published, signing, living out, taken back, leaked."""

    NEXT = "next"
    ACTIVE = "active"
    VERIFYING = "verifying"
    RETIRED = "retired"
    REVOKED = "revoked"


ONLY_ONE = sa.text("state IN ('next', 'active')")


class StoredKey(Model):
    """A signing key, its private part sealed. At most one is next, and one active."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        sa.Index("uq_signing_keys_state", "state", unique=True, sqlite_where=ONLY_ONE, postgresql_where=ONLY_ONE),
    )

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(sa.String(16))
    state: Mapped[str] = mapped_column(sa.String(16))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class KeyRing(Model):
    """One row: the version of the ring, which every change moves."""

    __tablename__ = "key_ring"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
