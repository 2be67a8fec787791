"""Those who applied for an account and have yet to prove the address (REGISTRATION=verified)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.kit import clock
from app.kit.database import db, delete_batch
from app.kit.pruning import AT_A_WRITE
from app.users import service as users
from app.users.models import PendingUser
from app.users.roles import Role

LIFE = timedelta(days=7)


def apply(fields: Mapping[str, Any]) -> UUID:
    """Note that somebody applies with these `users.checked` columns; whether the mailbox is known is not asked."""
    pending = PendingUser(**fields, expires_at=clock.now() + LIFE)
    db.session.add(pending)
    db.session.flush()
    prune(AT_A_WRITE)
    return pending.id


def find_or_none(pending_id: UUID) -> PendingUser | None:
    """Somebody who still waits."""
    return db.session.scalar(sa.select(PendingUser).where(PendingUser.id == pending_id, _waits()))


def waiting_for(email_key: str, *, at_most: int) -> Sequence[UUID]:
    """Who waits for this mailbox, newest first."""
    rows = sa.select(PendingUser.id).where(PendingUser.email_key == email_key, _waits())
    return db.session.scalars(rows.order_by(PendingUser.id.desc()).limit(at_most)).all()


def lock(pending_id: UUID) -> None:
    """Let nobody else admit or discard those who wait for the same mailbox, in this transaction."""
    mailbox = sa.select(PendingUser.email_key).where(PendingUser.id == pending_id).scalar_subquery()
    rows = sa.select(PendingUser.id).where(PendingUser.email_key == mailbox)
    db.session.execute(rows.order_by(PendingUser.id).with_for_update()).all()


def admit(pending: PendingUser) -> UUID:
    """Open the account that was applied for; the others who wait for its mailbox are discarded.

    Raises:
        EmailTaken: the mailbox has an account by now.
    """
    fields = {name: getattr(pending, name) for name in ("email", "email_key", "name", "password_hash")}
    user_id = users.open_account(fields, roles=[Role.USER], verified=True)
    discard(pending.email_key)
    return user_id


def discard(email_key: str) -> None:
    """Forget everybody who waits for this mailbox."""
    db.session.execute(sa.delete(PendingUser).where(PendingUser.email_key == email_key))


def prune(batch: int) -> int:
    """Delete up to `batch` of those who waited too long; say how many went."""
    return delete_batch(PendingUser.id, until=PendingUser.expires_at, by=clock.now(), batch=batch)


def _waits() -> sa.ColumnElement[bool]:
    return PendingUser.expires_at > clock.now()
