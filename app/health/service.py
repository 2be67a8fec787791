"""The checks behind readyz."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from app.keys import service as keys
from app.kit import limits, migrations
from app.kit.database import read
from app.kit.problems import Unavailable
from app.kit.settings import settings
from app.mails import service as mails

SERVING = {"ok", "degraded"}
WORTH_A_LOOK = {"ok", "ahead", "some do not open", "away", "wait"}


def readiness() -> dict[str, Any]:
    """The state of each part that an answer needs: `ok`, or what is wrong; and of all together.

    A schema newer than this code is served: an older instance lives on while the next is rolled out. So is what can do
    without Redis, which is all; and mails that wait will leave.
    """
    checks = {"database": _database(), "migrations": "unknown", "keys": "unknown", "mails": "unknown"}
    if checks["database"] == "ok":
        checks["migrations"] = migrations.state()
    if checks["migrations"] in {"ok", "ahead"}:
        checks["keys"] = _keys()
        checks["mails"] = "wait" if mails.wait_too_long() else "ok"
    if settings().redis_url:
        checks["redis"] = "ok" if limits.is_shielded() else "away"
    return {"status": _together(set(checks.values())), "checks": checks}


def _database() -> str:
    try:
        read(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return "out of reach"
    return "ok"


def _keys() -> str:
    try:
        ring = keys.ready()
    except Unavailable:
        return "no signing key opens"
    if ring.active_or_none is None:
        return "no signing key opens"
    return "some do not open" if ring.unopened else "ok"


def _together(states: set[str]) -> str:
    if states == {"ok"}:
        return "ok"
    return "degraded" if states <= WORTH_A_LOOK else "unavailable"
