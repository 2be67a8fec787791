"""GET /livez, /readyz and /healthz."""

from http import HTTPStatus
from typing import Any

from marshmallow import fields

from app.access.guards import public
from app.health import service as health
from app.kit.api import Blueprint
from app.kit.schemas import Schema

bp = Blueprint("health", __name__, description="For load balancers and people on call.")


class Readiness(Schema):
    """The state of each part."""

    status = fields.String(required=True)
    checks = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


@bp.get("/livez")
@public
@bp.response(200, Readiness)
def show_life() -> dict[str, Any]:
    """Say that the process answers; no part is asked."""
    return {"status": "ok", "checks": {}}


@bp.get("/readyz")
@public
@bp.alt_response(503, schema=Readiness)
@bp.response(200, Readiness)
def show_readiness() -> tuple[dict[str, Any], HTTPStatus]:
    """Say whether this instance can serve: the database answers and its migrations are applied."""
    found = health.readiness()
    return found, HTTPStatus.OK if found["status"] in health.SERVING else HTTPStatus.SERVICE_UNAVAILABLE


@bp.get("/healthz")
@public
@bp.alt_response(503, schema=Readiness)
@bp.response(200, Readiness)
def show_health() -> tuple[dict[str, Any], HTTPStatus]:
    """Say the same as /readyz."""
    return show_readiness()
