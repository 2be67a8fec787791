"""How refresh tokens are spent, in numbers: ordinary renewals are not told in the audit, they would bury the rest."""

from functools import partial

from app.kit.afterwards import once_kept
from app.kit.metrics import Counter
from app.sessions.models import Session

ROTATED, REPLAYED, REUSED = "rotated", "replayed", "reused"
REFRESHES = Counter(
    "refreshes",
    "Refresh tokens that came: spent now, again inside the replay window, or long spent",
    "outcome",
    known=[(ROTATED,), (REPLAYED,), (REUSED,)],
)


def rotated_or_none(session: Session | None) -> Session | None:
    """Count a rotation, if this transaction is kept and it was won."""
    if session is not None:
        once_kept(partial(REFRESHES.count, ROTATED))
    return session


def replayed(session: Session) -> Session:
    """Count an answer that was given again, if this transaction is kept."""
    once_kept(partial(REFRESHES.count, REPLAYED))
    return session
