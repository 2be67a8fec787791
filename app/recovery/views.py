"""POST /api/v1/auth/password/... and /api/v1/auth/email/...: doors that a mailbox opens."""

from app.access.guards import public
from app.kit.api import Blueprint
from app.recovery import service as recovery
from app.recovery.problems import TokenUnusable
from app.recovery.schemas import Accepted, Mailbox, MailedTokenIn, NewPassword
from app.users.problems import EmailTaken

bp = Blueprint("recovery", __name__, url_prefix="/api/v1/auth", description="Doors that a mailbox opens.")
ACCEPTED = {"status": "accepted"}


@bp.post("/password/forgot")
@public
@bp.arguments(Mailbox)
@bp.response(202, Accepted)
def forget_password(*, email: str) -> dict[str, str]:
    """Ask for a reset link. The answer is the same for every address."""
    recovery.mailbox(email)
    recovery.forgot(email)
    return ACCEPTED


@bp.post("/password/reset")
@public
@bp.refuses(TokenUnusable)
@bp.arguments(NewPassword)
@bp.response(204)
def reset_password(*, token: str, password: str) -> None:
    """Choose a new password with the token of a mail. All sessions end."""
    recovery.reset(token, password)


@bp.post("/email/verify")
@public
@bp.refuses(TokenUnusable, EmailTaken)
@bp.arguments(MailedTokenIn)
@bp.response(204)
def verify_address(*, token: str) -> None:
    """Prove an address with the token of a mail: a new account's, or the one to move to."""
    recovery.verify(token)


@bp.post("/email/resend")
@public
@bp.arguments(Mailbox)
@bp.response(202, Accepted)
def resend_verification(*, email: str) -> dict[str, str]:
    """Ask for the verification mail once more. The answer is the same for every address."""
    recovery.mailbox(email)
    recovery.ask_again(email)
    return ACCEPTED
