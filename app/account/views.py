"""/api/v1/me: what everybody may do with their own account."""

from typing import Any

from app.access.callers import caller
from app.access.guards import limited, requires
from app.account import export
from app.account import service as account
from app.account.schemas import AddressChange, Export, Farewell, PasswordChange, ProfilePatch
from app.kit import clock
from app.kit.api import Blueprint
from app.kit.limits import Limit
from app.kit.problems import RateLimited
from app.kit.proxies import client_network
from app.recovery.schemas import Accepted
from app.users import service as users
from app.users.problems import InvalidPassword, LastAdmin
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
        account.rename(user_id, changes["name"])
    return users.find(user_id)


@bp.delete("")
@requires()
@bp.refuses(InvalidPassword, LastAdmin, RateLimited)
@bp.arguments(Farewell)
@bp.response(204)
def remove_me(*, password: str) -> None:
    """Delete my account and everything that is stored about me."""
    account.close(caller(), password)


@bp.post("/password")
@requires()
@bp.refuses(InvalidPassword, RateLimited)
@bp.arguments(PasswordChange)
@bp.response(204)
def change_password(*, current_password: str, new_password: str) -> None:
    """Change my password. My other sessions end, this one stays."""
    account.change_password(caller(), current_password, new_password, network=client_network())


@bp.post("/email")
@requires()
@limited(Limit.MAIL, hashes=True)
@bp.refuses(InvalidPassword, RateLimited)
@bp.arguments(AddressChange)
@bp.response(202, Accepted)
def move_me(*, email: str, password: str) -> dict[str, str]:
    """Ask to change my address: a mail goes to the new one, and its link makes the change."""
    account.ask_to_move(caller(), email, password)
    return {"status": "accepted"}


@bp.get("/export")
@requires(fresh=True)
@bp.response(200, Export)
def export_me() -> dict[str, Any]:
    """Show everything that is stored about me, in one document."""
    who = caller()
    return {"exported_at": clock.now(), "user": who.profile, "tables": export.gather(who.user_id)}
