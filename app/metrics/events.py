"""What is told becomes numbers: the one place that says which event counts as what."""

from collections.abc import Mapping

from app.audit.models import Action
from app.audit.service import Told
from app.auth.problems import AccountDisabled, EmailUnverified, InvalidCredentials
from app.kit.metrics import Counter
from app.sessions.counting import REFRESHES, REUSED
from app.sessions.models import Reason

EVENTS = Counter("audit_events", "Audit events kept", "action", known=[(action,) for action in Action])
SUCCESS = "success"
LOGINS = Counter(
    "logins",
    "Tries to sign in that were judged, by outcome",
    "outcome",
    known=[(SUCCESS,), *((each.code,) for each in (InvalidCredentials, AccountDisabled, EmailUnverified))],
)
SESSIONS_ENDED = Counter(
    "sessions_ended", "Sessions ended, by reason", "reason", known=[(reason,) for reason in Reason]
)


def count(action: Action, detail: Mapping[str, Told]) -> None:
    """Count an event that was kept."""
    EVENTS.count(action)
    if action is Action.SESSION_BEGUN:
        LOGINS.count(SUCCESS)
    elif action is Action.LOGIN_FAILED:
        LOGINS.count(str(detail["code"]))
    elif action is Action.SESSION_REFRESH_REUSED:
        REFRESHES.count(REUSED)
    elif action is Action.SESSION_ENDED:
        SESSIONS_ENDED.count(str(detail["reason"]))
