"""/api/v1/me/sessions: where I am signed in."""

from typing import Any
from uuid import UUID

from app.access.callers import caller
from app.access.guards import requires
from app.kit.api import Blueprint
from app.kit.paging import Page, PageQuery, with_link
from app.kit.problems import NotFound
from app.sessions import listing
from app.sessions import service as sessions
from app.sessions.listing import SignedIn
from app.sessions.models import Reason
from app.sessions.problems import SessionNotFound
from app.sessions.schemas import Keep, KeepQuery, SessionPage

bp = Blueprint("sessions", __name__, url_prefix="/api/v1/me/sessions", description="Where I am signed in.")


@bp.get("")
@requires()
@bp.arguments(PageQuery, location="query")
@bp.response(200, SessionPage)
def list_my_sessions(**query: Any) -> tuple[Page[SignedIn], dict[str, str]]:
    """List my live sessions, newest first."""
    who = caller()
    return with_link(listing.listed(who.user_id, current=who.session_id, **query))


@bp.delete("/<uuid:session_id>")
@requires()
@bp.refuses(NotFound)
@bp.response(204)
def end_my_session(session_id: UUID) -> None:
    """End one of my sessions: its tokens count no more."""
    if not sessions.end(session_id, Reason.REVOKED_BY_USER, of=caller().user_id):
        raise SessionNotFound


@bp.delete("")
@requires()
@bp.arguments(KeepQuery, location="query")
@bp.response(204)
def end_my_sessions(*, keep: str | None) -> None:
    """End all my sessions; with `keep=current` all but this one."""
    who = caller()
    sessions.end_all(who.user_id, Reason.LOGOUT_EVERYWHERE, keep=who.session_id if keep == Keep.CURRENT else None)
