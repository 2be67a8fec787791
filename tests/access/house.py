"""A small house in which each door wears one guard, and callers who are simply believed."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from uuid6 import uuid7

from app.access import guards
from app.access.callers import Caller
from app.access.guards import Credential, Recogniser, presents, public, requires
from app.kit import access_log, clock, logs, settings
from app.kit.api import Api, Blueprint
from app.kit.application import Application
from app.kit.schemas import Line, Schema
from app.users.roles import Permission, Role
from app.users.service import Profile
from tests.conftest import configured

LISTED = "https://spa.example"
DAY = timedelta(days=1)
CSRF = "the-value-of-the-readable-cookie"


class Wish(Schema):
    """What a body must hold."""

    wish = Line(required=True)


def _nothing(**_body: str) -> dict[str, str]:
    """Let in."""
    return {}


DOORS: dict[str, Any] = {
    "/open": public,
    "/judging": presents(Credential.REFRESH),
    "/known": requires(),
    "/writers": requires(Permission.TASKS_WRITE),
    "/readers-and-auditors": requires(Permission.TASKS_READ, Permission.AUDIT_READ),
    "/admins": requires(role=Role.ADMIN),
    "/fresh": requires(fresh=True),
    "/fresh-writers": requires(Permission.TASKS_WRITE, fresh=True),
    "/fresh-supporters-who-write": requires(Permission.TASKS_WRITE, role=Role.SUPPORT, fresh=True),
}


def somebody(*roles: str, stale: bool = False, csrf: str | None = None) -> Caller:
    """A caller with these roles; with `csrf` one who came by cookie."""
    profile = Profile(
        id=uuid7(),
        email="somebody@example.com",
        name=None,
        roles=roles,
        email_verified=True,
        created_at=clock.now(),
        disabled=False,
    )
    fresh_until = clock.now() + (-DAY if stale else DAY)
    return Caller(profile=profile, session_id=uuid7(), fresh_until=fresh_until, csrf=csrf)


def house(root: Path, *recognisers: Recogniser, **changes: Any) -> FlaskClient:
    """Somebody in front of the house; GET takes nothing, POST takes a `Wish`."""
    app = Application("house")
    config = configured(root, cors_origins=(LISTED,), **changes)
    logs.init_app(config)
    settings.init_app(app, config)
    access_log.init_app(app, config)
    guards.init_app(app, recognisers=recognisers)
    Api(app, [_doors()], security_schemes={})
    guards.check_declared(app)
    return app.test_client()


def _doors() -> Blueprint:
    bp = Blueprint("doors", __name__)
    for path, guard in DOORS.items():
        answering = bp.response(HTTPStatus.OK)(_nothing)
        bp.get(path, endpoint=f"look{path[1:]}")(guard(answering))
        bp.post(path, endpoint=f"wish{path[1:]}")(guard(bp.arguments(Wish)(answering)))
    return bp
