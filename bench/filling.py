"""Fills Latchkey's database: users, tasks, live sessions, whose tokens it prints.

`python -m bench.filling USERS TASKS SESSIONS [BLOCKED]`, with Latchkey's settings and PASSWORD in the environment.
"""

import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from uuid6 import uuid7

from app import create_app
from app.auth.tokens import Kind, mint
from app.keys import service as keys
from app.kit import clock
from app.kit.database import Model, db, transaction
from app.kit.secrets import random_id
from app.kit.settings import settings
from app.sessions.grants import Grant
from app.sessions.models import Blocked, Session
from app.tasks.models import Task
from app.users.models import User, UserRole
from app.users.passwords import hashed

BATCH = 10_000


def fill(users: int, *, tasks: int, password: str) -> list[UUID]:
    """Make the accounts and their tasks; give the accounts' ids."""
    now, password_hash = clock.now(), hashed(password)
    ids: list[UUID] = [uuid7() for _ in range(users)]
    people = [
        {
            "id": each,
            "created_at": now,
            "email": f"user{n}@example.com",
            "email_key": f"user{n}@example.com",
            "name": f"User {n}",
            "password_hash": password_hash,
            "password_changed_at": now,
        }
        for n, each in enumerate(ids, 1)
    ]
    insert(User, people)
    insert(UserRole, [{"user_id": each, "role": "user"} for each in ids])
    plain = {"created_at": now, "updated_at": now, "description": "", "status": "todo"}
    insert(
        Task, [plain | {"id": uuid7(), "owner_id": each, "title": f"Task {n}"} for n in range(tasks) for each in ids]
    )
    return ids


def begin(ids: list[UUID], sessions: int) -> None:
    """Begin so many sessions, each as if by bearer, none of them the first user's, and print their tokens."""
    grants = [grant(ids[n % (len(ids) - 1) + 1]) for n in range(sessions)]
    insert(Session, [live(each) for each in grants])
    for each in grants:
        print(mint(each, Kind.ACCESS, roles=each.roles).token, mint(each, Kind.REFRESH).token)


def grant(user_id: UUID) -> Grant:
    """What a new session of theirs would be granted."""
    now = clock.now().replace(microsecond=0)
    return Grant(
        user_id=user_id,
        session_id=uuid7(),
        by_cookie=False,
        refresh_jti=random_id(),
        refresh_issued_at=now,
        refresh_expires_at=now + settings().refresh_token_ttl,
        fresh_until=now,
        roles=("user",),
    )


def live(granted: Grant) -> dict[str, Any]:
    """The row of a session."""
    now = granted.refresh_issued_at
    return {
        "id": granted.session_id,
        "created_at": now,
        "user_id": granted.user_id,
        "by_cookie": False,
        "refresh_jti": granted.refresh_jti,
        "rotated_at": now,
        "refresh_expires_at": granted.refresh_expires_at,
        "last_used_at": now,
        "fresh_until": now,
        "expires_at": now + settings().session_ttl,
        "ip": "127.0.0.1",
        "user_agent": "wrk",
    }


def crowd(ids: list[UUID], rows: int) -> None:
    """Let the blocklist remember so many ended sessions, and let as many more be live."""
    until = clock.now() + timedelta(days=7)
    for start in range(0, rows, BATCH):
        some = range(start, min(rows, start + BATCH))
        insert(Blocked, [{"id": str(uuid7()), "reason": "logout", "expires_at": until} for _ in some])
        insert(Session, [live(grant(ids[n % len(ids)])) for n in some])


def insert(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, batch by batch."""
    for start in range(0, len(rows), BATCH):
        db.session.execute(sa.insert(model), rows[start : start + BATCH])


def prepare(*, users: int, tasks: int, sessions: int, blocked: int = 0, password: str) -> None:
    """Do it all."""
    with transaction():
        keys.ready()
    with transaction():
        ids = fill(users, tasks=tasks, password=password)
        begin(ids, sessions)
        crowd(ids, blocked)


if __name__ == "__main__":
    with create_app().app_context():
        counts = dict(zip(("users", "tasks", "sessions", "blocked"), map(int, sys.argv[1:]), strict=False))
        prepare(**counts, password=os.environ["PASSWORD"])
