"""/api/v1/admin: people who look after people."""

from typing import Any
from uuid import UUID

from app.access.callers import caller
from app.access.guards import requires
from app.account import service as account
from app.admin import service as admin
from app.admin.schemas import AccountOut, AccountPage, AccountPatch, AccountQuery
from app.audit import service as audit
from app.audit.models import AuditEvent
from app.audit.schemas import AuditPage, AuditQuery
from app.kit.api import Blueprint
from app.kit.paging import Page, PageQuery, with_link
from app.kit.problems import NotFound
from app.sessions import listing
from app.sessions import service as sessions
from app.sessions.listing import SignedIn
from app.sessions.models import Reason
from app.sessions.schemas import SessionPage
from app.users import service as users
from app.users.problems import LastAdmin
from app.users.roles import Permission
from app.users.service import Profile

bp = Blueprint("admin", __name__, url_prefix="/api/v1/admin", description="People who look after people.")


@bp.get("/users")
@requires(Permission.USERS_READ)
@bp.arguments(AccountQuery, location="query")
@bp.response(200, AccountPage)
def list_users(**query: Any) -> tuple[Page[Profile], dict[str, str]]:
    """List the accounts, newest first."""
    return with_link(admin.listed(**query))


@bp.get("/users/<uuid:user_id>")
@requires(Permission.USERS_READ)
@bp.refuses(NotFound)
@bp.response(200, AccountOut)
def show_user(user_id: UUID) -> Profile:
    """Show an account."""
    return users.find(user_id)


@bp.patch("/users/<uuid:user_id>")
@requires(Permission.USERS_WRITE, fresh=True)
@bp.refuses(NotFound, LastAdmin)
@bp.arguments(AccountPatch)
@bp.response(200, AccountOut)
def change_user(user_id: UUID, **fields: Any) -> Profile:
    """Change what is given of an account. It counts from its owner's next request; disabling ends all sessions."""
    return admin.change(user_id, **fields)


@bp.delete("/users/<uuid:user_id>")
@requires(Permission.USERS_WRITE, fresh=True)
@bp.refuses(NotFound, LastAdmin)
@bp.response(204)
def remove_user(user_id: UUID) -> None:
    """Delete an account and everything that belongs to it. All its sessions end."""
    account.remove(user_id)


@bp.get("/users/<uuid:user_id>/sessions")
@requires(Permission.USERS_READ)
@bp.refuses(NotFound)
@bp.arguments(PageQuery, location="query")
@bp.response(200, SessionPage)
def list_sessions(user_id: UUID, **query: Any) -> tuple[Page[SignedIn], dict[str, str]]:
    """List the live sessions of an account, newest first."""
    users.find(user_id)
    return with_link(listing.listed(user_id, current=caller().session_id, **query))


@bp.delete("/users/<uuid:user_id>/sessions")
@requires(Permission.SESSIONS_END)
@bp.refuses(NotFound)
@bp.response(204)
def end_sessions(user_id: UUID) -> None:
    """End all sessions of an account."""
    users.find(user_id)
    sessions.end_all(user_id, Reason.REVOKED_BY_ADMIN)


@bp.get("/audit-events")
@requires(Permission.AUDIT_READ)
@bp.arguments(AuditQuery, location="query")
@bp.response(200, AuditPage)
def list_audit_events(**query: Any) -> tuple[Page[AuditEvent], dict[str, str]]:
    """List what happened, newest first."""
    return with_link(audit.found(**query))
