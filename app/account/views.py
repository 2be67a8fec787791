"""GET and PATCH /api/v1/me."""

from typing import Any

from app.access.callers import caller
from app.access.guards import requires
from app.account.schemas import ProfilePatch
from app.kit.api import Blueprint
from app.users import service as users
from app.users.schemas import UserOut
from app.users.service import Profile

bp = Blueprint("account", __name__, url_prefix="/api/v1/me", description="My account.")


@bp.get("")
@requires()
@bp.response(200, UserOut)
def show_me() -> Profile:
    """Show my account."""
    return caller().profile


@bp.patch("")
@requires()
@bp.arguments(ProfilePatch)
@bp.response(200, UserOut)
def change_me(**changes: Any) -> Profile:
    """Change my name."""
    user_id = caller().user_id
    if "name" in changes:
        users.rename(user_id, changes["name"])
    return users.find(user_id)
