"""The checks behind readyz."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.kit.database import read
from app.kit.migrations import newest_revision


def readiness() -> dict[str, Any]:
    """The state of each part that an answer needs: `ok`, or what is wrong."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        rows = read(sa.text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        checks = {"database": _reachable(), "migrations": "unknown"}
    else:
        if [row.version_num for row in rows] != [newest_revision()]:
            checks["migrations"] = "behind"
    ready = set(checks.values()) == {"ok"}
    return {"status": "ok" if ready else "unavailable", "checks": checks}


def _reachable() -> str:
    try:
        read(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return "out of reach"
    return "ok"
