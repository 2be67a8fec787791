"""What can be told, and how it is kept."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.database import Record


class Action(StrEnum):
    """Everything that is told, as `subject.verb-past`; docs/audit.md explains each."""

    USER_REGISTERED = "user.registered"
    USER_VERIFIED = "user.verified"
    USER_RENAMED = "user.renamed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_DELETED = "user.deleted"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    LOGIN_FAILED = "login.failed"
    PROOF_FAILED = "proof.failed"
    SESSION_BEGUN = "session.begun"
    SESSION_PROVEN = "session.proven"
    SESSION_REFRESH_REUSED = "session.refresh-reused"
    SESSION_ENDED = "session.ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  an action, not a password
    PASSWORD_RESET_ASKED = "password.reset-asked"  # noqa: S105  an action, not a password
    PASSWORD_RESET = "password.reset"  # noqa: S105  an action, not a password
    EMAIL_CHANGE_ASKED = "email.change-asked"
    EMAIL_CHANGED = "email.changed"
    KEY_GENERATED = "key.generated"
    KEY_IMPORTED = "key.imported"
    KEY_ROTATED = "key.rotated"
    KEY_RETIRED = "key.retired"
    KEY_REVOKED = "key.revoked"
    RING_RESEALED = "ring.resealed"


OF_SESSIONS = frozenset(action for action in Action if action.startswith("session."))


class AuditEvent(Record):
    """Something that happened. It outlives whom it tells of: people are ids here, and no foreign key holds them.

    `session_id` is the session that it is about, or else that it was done through.
    """

    __tablename__ = "audit_events"
    __table_args__ = (sa.Index(None, "subject_id", "id"), sa.Index(None, "actor_id", "id"))

    action: Mapped[str] = mapped_column(sa.String(32))
    actor_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    ip: Mapped[str | None] = mapped_column(sa.String(64))
    user_agent: Mapped[str | None] = mapped_column(sa.Text)
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


sa.Index("ix_audit_events_created_at", AuditEvent.created_at)
