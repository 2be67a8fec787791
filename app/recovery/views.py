"""POST /api/v1/auth/password/... and /api/v1/auth/email/...: doors that a mailbox opens."""

from app.access.guards import limited, public
from app.kit.api import Blueprint
from app.kit.limits import Limit
from app.kit.problems import RateLimited
from app.kit.proxies import client_network
from app.mails.models import Occasion
from app.recovery import service as recovery
from app.recovery.problems import TokenUnusable
from app.recovery.schemas import Accepted, Mailbox, MailedTokenIn, NewPassword
from app.users.problems import EmailTaken

bp = Blueprint("recovery", __name__, url_prefix="/api/v1/auth", description="Doors that a mailbox opens.")
ACCEPTED = {"status": "accepted"}


@bp.post("/password/forgot")
@public
@limited(Limit.MAIL)
@bp.refuses(RateLimited)
@bp.arguments(Mailbox)
@bp.response(202, Accepted)
def forget_password(*, email: str) -> dict[str, str]:
    """Ask for a reset link. The answer is the same for every address."""
    recovery.ask(Occasion.FORGOT, email)
    return ACCEPTED


@bp.post("/password/reset")
@public
@bp.refuses(TokenUnusable)
@bp.arguments(NewPassword)
@bp.response(204)
def reset_password(*, token: str, password: str) -> None:
    """Choose a new password with the token of a mail. All sessions end."""
    recovery.reset(token, password, network=client_network())


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
@limited(Limit.MAIL)
@bp.refuses(RateLimited)
@bp.arguments(Mailbox)
@bp.response(202, Accepted)
def resend_verification(*, email: str) -> dict[str, str]:
    """Ask for the verification mail once more. The answer is the same for every address."""
    recovery.ask(Occasion.ASKED_AGAIN, email)
    return ACCEPTED
