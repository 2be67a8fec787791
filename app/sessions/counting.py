"""How refresh tokens are spent, in numbers: ordinary renewals are not told in the audit, they would bury the rest."""

from functools import partial

from app.kit.afterwards import once_kept
from app.kit.metrics import Counter
from app.sessions.grants import Grant

ROTATED, REPLAYED, REUSED = "rotated", "replayed", "reused"
REFRESHES = Counter(
    "refreshes",
    "Refresh tokens that came: spent now, again inside the replay window, or long spent",
    "outcome",
    known=[(ROTATED,), (REPLAYED,), (REUSED,)],
)


def rotated(grant: Grant) -> Grant:
    """Count a rotation that has been kept."""
    REFRESHES.count(ROTATED)
    return grant


def replayed(grant: Grant) -> Grant:
    """Count an answer that was given again, if this transaction is kept."""
    once_kept(partial(REFRESHES.count, REPLAYED))
    return grant
