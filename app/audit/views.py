"""GET /api/v1/me/security-events: what happened to my account."""

from typing import Any

from app.access.callers import caller
from app.access.guards import requires
from app.audit import service as audit
from app.audit.models import AuditEvent
from app.audit.schemas import EventPage
from app.kit.api import Blueprint
from app.kit.paging import Page, PageQuery, with_link

bp = Blueprint(
    "security", __name__, url_prefix="/api/v1/me/security-events", description="What happened to my account."
)


@bp.get("")
@requires()
@bp.arguments(PageQuery, location="query")
@bp.response(200, EventPage)
def list_my_events(**query: Any) -> tuple[Page[AuditEvent], dict[str, str]]:
    """List what happened to my account, newest first."""
    return with_link(audit.history(caller().user_id, **query))
