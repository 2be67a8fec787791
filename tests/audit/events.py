"""What was told, read past the API."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.audit.models import AuditEvent
from app.kit.database import read


def events(app: Flask) -> list[Any]:
    """Every event, oldest first."""
    with app.app_context():
        return list(read(sa.select(AuditEvent.__table__).order_by(AuditEvent.id)))


def told(app: Flask, *, since: int = 0) -> list[str]:
    """The actions, oldest first, but for so many of the first; ended sessions with their reason, keys left out."""
    found = events(app)[since:]
    return [f"{each.action} {each.detail.get('reason', '')}".strip() for each in found if "kid" not in each.detail]
