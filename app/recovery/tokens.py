"""Mailed one-time tokens: made at sending, redeemed once. One conditional write decides by whom."""

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from app.kit import clock
from app.kit.database import db, delete_batch, read
from app.kit.pruning import AT_A_WRITE
from app.kit.secrets import random_id
from app.recovery.models import MailedToken, Purpose
from app.recovery.problems import TokenUnusable

LIFE = {Purpose.VERIFY: timedelta(hours=24), Purpose.RESET: timedelta(minutes=30), Purpose.MOVE: timedelta(hours=1)}
OURS = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What a token was made for."""

    purpose: Purpose
    user_id: UUID | None
    pending_id: UUID | None
    email: str


def issue(purpose: Purpose, *, email: str, user_id: UUID | None = None, pending_id: UUID | None = None) -> str:
    """A fresh token (192 random bits) for what is mailed to `email`."""
    token = random_id()
    made = MailedToken(
        digest=_digest(token),
        purpose=str(purpose),
        user_id=user_id,
        pending_id=pending_id,
        email=email,
        expires_at=clock.now() + LIFE[purpose],
    )
    db.session.add(made)
    db.session.flush()
    prune(AT_A_WRITE)
    return token


def look_at(token: str, *purposes: Purpose) -> Mailed:
    """What the token was made for, read outside any transaction and not yet spent.

    Raises:
        TokenUnusable: unknown, used, expired, or made for something else.
    """
    rows = read(sa.select(MailedToken.__table__).where(*_good(token, *purposes)))
    if not rows:
        raise TokenUnusable
    return _mailed(rows[0])


def redeem(token: str, *purposes: Purpose) -> Mailed:
    """Spend the token.

    Raises:
        TokenUnusable: unknown, used, expired, or made for something else.
    """
    spent = sa.delete(MailedToken).where(*_good(token, *purposes)).returning(*MailedToken.__table__.columns)
    row = db.session.execute(spent).one_or_none()
    if row is None:
        raise TokenUnusable
    return _mailed(row)


def void(user_id: UUID, *purposes: Purpose) -> None:
    """Let none of the account's open tokens for these purposes count any more."""
    db.session.execute(sa.delete(MailedToken).where(MailedToken.user_id == user_id, MailedToken.purpose.in_(purposes)))


def prune(batch: int) -> int:
    """Delete up to `batch` expired tokens; say how many went."""
    return delete_batch(MailedToken.digest, until=MailedToken.expires_at, by=clock.now(), batch=batch)


def _good(token: str, *purposes: Purpose) -> tuple[sa.ColumnElement[bool], ...]:
    digest = _digest(token) if OURS.fullmatch(token) else ""
    unexpired = MailedToken.expires_at > clock.now()
    return MailedToken.digest == digest, MailedToken.purpose.in_([str(each) for each in purposes]), unexpired


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _mailed(row: sa.Row[tuple[object, ...]]) -> Mailed:
    return Mailed(purpose=Purpose(row.purpose), user_id=row.user_id, pending_id=row.pending_id, email=row.email)
