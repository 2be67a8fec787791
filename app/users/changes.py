"""What changes of an account: its password, its address, and that it is gone."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.kit import clock
from app.kit.database import db
from app.users import addresses
from app.users.models import User, UserRole
from app.users.problems import EmailTaken, LastAdmin
from app.users.roles import Role


def lock_or_none(user_id: UUID) -> User | None:
    """The account, which nobody else changes in this transaction; `None` if it is gone."""
    return db.session.scalar(sa.select(User).where(User.id == user_id).with_for_update(key_share=True))


def set_password(user_id: UUID, password_hash: str, *, instead_of: datetime | None = None) -> bool:
    """Give the account another password; with `instead_of` only if it is still the one that was set at that moment.

    Say whether it was done.
    """
    still = [User.id == user_id] + ([] if instead_of is None else [User.password_changed_at == instead_of])
    done = db.session.execute(
        sa.update(User)
        .where(*still)
        .values(password_hash=password_hash, password_changed_at=clock.now())
        .returning(User.id)
    )
    return done.first() is not None


def verify_address(user_id: UUID, email_key: str) -> bool:
    """Note that the owner reads this mailbox; say whether it is the account's own."""
    done = db.session.execute(
        sa.update(User)
        .where(User.id == user_id, User.email_key == email_key)
        .values(email_verified_at=clock.now())
        .returning(User.id)
    )
    return done.first() is not None


def move(user_id: UUID, email: str) -> None:
    """Give the account another address, which its owner has just proven.

    Raises:
        EmailTaken: the mailbox has another account by now.
    """
    moved = sa.update(User).where(User.id == user_id)
    try:
        db.session.execute(moved.values(email=email, email_key=addresses.key(email), email_verified_at=clock.now()))
    except IntegrityError:
        raise EmailTaken from None


def remove(user_id: UUID) -> None:
    """Delete the account with everything that belongs to it; `keep_an_admin` was asked before."""
    db.session.execute(sa.delete(User).where(User.id == user_id))


def disable(user_id: UUID) -> bool:
    """Shut the account; say whether it was open."""
    return _set_disabled(user_id, User.disabled_at.is_(None), clock.now())


def enable(user_id: UUID) -> bool:
    """Open the account again; say whether it was shut."""
    return _set_disabled(user_id, User.disabled_at.is_not(None), None)


def _set_disabled(user_id: UUID, was: sa.ColumnElement[bool], moment: datetime | None) -> bool:
    done = db.session.execute(
        sa.update(User).where(User.id == user_id, was).values(disabled_at=moment).returning(User.id)
    )
    return done.first() is not None


def keep_an_admin(user_id: UUID) -> None:
    """Let this user stop being an admin who can act, if another one is left. Asked at once, one waits for the other.

    Raises:
        LastAdmin: there is no other.
    """
    rows = (
        sa.select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == str(Role.ADMIN), User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    if db.session.scalars(rows).all() == [user_id]:
        raise LastAdmin
