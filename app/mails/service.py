"""The outbox: queue, claim, and settle. One conditional write decides who sends a mail."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from app.kit import clock
from app.kit.database import db, read, transaction
from app.mails.models import Mail, Occasion

LEASE = timedelta(seconds=60)
FIRST_HOUR = timedelta(hours=1)
LONGEST_AT_FIRST = 60
LATER = timedelta(minutes=15)
WORTH_A_LOOK_AFTER = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=5)  # RFC 5321, section 4.5.4.1


def queue(
    occasion: Occasion, *, user_id: UUID | None = None, pending_id: UUID | None = None, address: str | None = None
) -> None:
    """Have a mail sent, if this transaction is kept."""
    db.session.add(Mail(occasion=str(occasion), user_id=user_id, pending_id=pending_id, address=address))
    db.session.flush()


def discard(address: str) -> None:
    """Forget what waits for a mailbox that somebody named (as `users.addresses.key` gives it)."""
    db.session.execute(sa.delete(Mail).where(Mail.address == address, Mail.user_id.is_(None)))


def claim_or_none() -> Mail | None:
    """The mail that has been due longest, now held for `LEASE`; `None` if none is due, or others hold them all."""
    now = clock.now()
    if not read(sa.select(Mail.id).where(Mail.due_at <= now).limit(1)):
        return None
    first = sa.select(Mail.id).where(Mail.due_at <= now).order_by(Mail.due_at).limit(1)
    with transaction():
        mail = db.session.scalars(
            sa.update(Mail)
            .where(Mail.id == first.with_for_update(skip_locked=True).scalar_subquery(), Mail.due_at <= now)
            .values(due_at=now + LEASE, attempts=Mail.attempts + 1)
            .returning(Mail),
            execution_options={"populate_existing": True, "synchronize_session": False},
        ).one_or_none()
        if mail is not None:
            db.session.expunge(mail)  # what follows are other transactions
        return mail


def wait_too_long() -> bool:
    """Whether a mail has been waiting for longer than it should."""
    return bool(read(sa.select(Mail.id).where(Mail.created_at < clock.now() - WORTH_A_LOOK_AFTER).limit(1)))


def waiting() -> tuple[int, datetime]:
    """How many mails wait, and since when the oldest has: since now if none does."""
    (row,) = read(sa.select(sa.func.count().label("number"), sa.func.min(Mail.created_at).label("oldest_at")))
    return int(row.number), row.oldest_at or clock.now()


def hold(mail: Mail) -> bool:
    """Hold a claimed mail for another `LEASE`; say whether it still was ours."""
    return _if_ours(sa.update(Mail).values(due_at=clock.now() + LEASE), mail)


def done(mail: Mail) -> bool:
    """Forget a claimed mail: it has left, or has lost its meaning. Say whether it still was ours."""
    return _if_ours(sa.delete(Mail), mail)


def postpone_or_give_up(mail: Mail) -> bool:
    """Try a claimed mail again later; say whether it is kept: after five days it is given up."""
    now = clock.now()
    if now - mail.created_at > GIVEN_UP_AFTER:
        done(mail)
        return False
    _if_ours(sa.update(Mail).values(due_at=now + _pause(mail, now)), mail)
    return True


def _pause(mail: Mail, now: datetime) -> timedelta:
    if now - mail.created_at > FIRST_HOUR:
        return LATER
    return timedelta(seconds=min(2 ** min(mail.attempts, LONGEST_AT_FIRST), LONGEST_AT_FIRST))


def _if_ours(change: sa.Update | sa.Delete, mail: Mail) -> bool:
    ours = change.where(Mail.id == mail.id, Mail.attempts == mail.attempts)
    with transaction():
        done = db.session.execute(ours, execution_options={"synchronize_session": False})
        return cast("sa.CursorResult[Any]", done).rowcount > 0
