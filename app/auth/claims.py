"""What a verified token says; and what was verified is not verified again while the key ring stands still.

The memory saves parsing and the signature, nothing else: at every request the times are compared with the clock, the
blocklist is asked, and the CSRF value is compared. It belongs to one snapshot of the ring, so that a key that is
rotated, retired or revoked takes with it all that it had verified. It keeps digests, no tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock
from uuid import UUID

from flask import current_app

from app.keys.ring import Ring, ring
from app.kit import clock
from app.sessions.blocklist import LEEWAY

EXTENSION = "latchkey-verified"
MOST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified token says. It counts from `begins_at` on, less the leeway."""

    user_id: UUID
    session_id: UUID
    token_id: str
    csrf: str | None
    begins_at: datetime
    expires_at: datetime
    fresh_until: datetime
    key_revoked: bool

    @property
    def begun(self) -> bool:
        """Whether `nbf` and `iat` have come, within the leeway."""
        return clock.now() >= self.begins_at - LEEWAY

    @property
    def expired(self) -> bool:
        """Whether `exp` has passed, beyond the leeway."""
        return clock.now() >= self.expires_at + LEEWAY


class Memory:
    """The last `MOST` claims that were verified under this ring; the oldest makes room."""

    def __init__(self, under: Ring) -> None:
        """Know nothing yet."""
        self.under = under
        self._known: dict[bytes, Claims] = {}
        self._changing = Lock()

    def __len__(self) -> int:
        """How many it knows."""
        return len(self._known)

    def recall(self, token: str, verify: Callable[[], Claims]) -> Claims:
        """What the token says: as remembered, or else as verified now. What is refused is not remembered."""
        digest = sha256(token.encode(errors="surrogatepass")).digest()
        known = self._known.get(digest)
        if known is None:
            known = verify()
            self._keep(digest, known)
        return known

    def _keep(self, digest: bytes, claims: Claims) -> None:
        with self._changing:
            if digest not in self._known and len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[digest] = claims


def memory() -> Memory:
    """What this process remembers under the ring of this moment."""
    current = ring()
    kept: Memory | None = current_app.extensions.get(EXTENSION)
    if kept is None or kept.under is not current:
        kept = current_app.extensions[EXTENSION] = Memory(current)
    return kept
