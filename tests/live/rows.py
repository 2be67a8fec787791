"""What the database holds, read past the server."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from uuid6 import uuid7

from app.kit import clock
from app.sessions.models import Blocked, Session
from app.users.models import User, UserRole
from app.users.roles import Role
from tests.live.people import Account, Tokens, claims


def session_rows(database: sa.Engine, tokens: Tokens) -> Sequence[sa.Row[Any]]:
    """The row of the tokens' session, if it is alive."""
    with database.connect() as connection:
        return connection.execute(sa.select(Session.__table__).where(Session.id == session_id(tokens))).all()


def session_id(tokens: Tokens) -> UUID:
    """The session that the tokens name."""
    return UUID(claims(tokens.refresh)["sid"])


def doubles(database: sa.Engine, account: Account, number: int) -> list[Account]:
    """As many accounts like this one, password included, each with an address of its own."""
    with database.begin() as connection:
        like = connection.execute(sa.select(User.__table__).where(User.email == account.email)).mappings().one()
        emails = [f"{secrets.token_hex(8)}@example.com" for _ in range(number)]
        people = [{**like, "id": uuid7(), "email": each, "email_key": each} for each in emails]
        connection.execute(sa.insert(User), people)
        connection.execute(sa.insert(UserRole), [{"user_id": each["id"], "role": str(Role.USER)} for each in people])
    return [Account(account.base_url, each) for each in emails]


def add_expired(database: sa.Engine, number: int, *, user_id: UUID) -> None:
    """As many sessions of this user and as many blocklist rows, all long expired."""
    past = clock.now() - timedelta(days=2)
    session = {
        "user_id": user_id,
        "by_cookie": False,
        "refresh_jti": "-",
        "ip": "127.0.0.1",
        **dict.fromkeys(("created_at", "rotated_at", "last_used_at", "fresh_until"), past),
        **dict.fromkeys(("refresh_expires_at", "expires_at"), past),
    }
    blocked = {"reason": "logout", "expires_at": past}
    with database.begin() as connection:
        connection.execute(sa.insert(Session), [{"id": uuid7(), **session} for _ in range(number)])
        connection.execute(sa.insert(Blocked), [{"id": str(uuid7()), **blocked} for _ in range(number)])


def expired_left(database: sa.Engine) -> tuple[int, int]:
    """How many expired sessions and blocklist rows are still there."""
    sessions = sa.select(sa.func.count()).where(Session.refresh_expires_at < clock.now())
    blocked = sa.select(sa.func.count()).where(Blocked.expires_at < clock.now())
    with database.connect() as connection:
        return connection.execute(sessions).scalar_one(), connection.execute(blocked).scalar_one()
