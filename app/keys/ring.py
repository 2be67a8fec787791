"""The key ring in memory: one snapshot a process, exchanged whole when the stored version has moved.

The doors ask for the version before they sign; guarded requests learn it from the one statement they make anyway. So a
change counts from the next request on every worker, and nobody pays a round trip for it on the hot path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import Any, cast

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.keys import algorithms
from app.keys.algorithms import Private
from app.keys.models import KeyRing, State, StoredKey
from app.kit import clock
from app.kit.database import read
from app.kit.prepared import Prepared
from app.kit.problems import Unavailable
from app.kit.sealing import CannotOpen, unseal

EXTENSION = "latchkey-ring"
ASK_AFTER = timedelta(seconds=1)
ASK_SECONDS = 0.2
TRUSTED = frozenset({State.ACTIVE, State.VERIFYING})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An opened key: one `kid`, one algorithm, one state."""

    kid: str
    algorithm: str
    state: State
    private: Private = field(repr=False)
    verifier: Any = field(repr=False)

    @property
    def symmetric(self) -> bool:
        """Whether who verifies could also sign."""
        return algorithms.is_symmetric(self.algorithm)


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one version. `unopened` names those whose seal this SECRET_KEY does not open."""

    version: int
    keys: Mapping[str, SigningKey]
    unopened: tuple[str, ...]

    @property
    def active_or_none(self) -> SigningKey | None:
        """The key that signs."""
        return next((key for key in self.keys.values() if key.state is State.ACTIVE), None)

    def active(self) -> SigningKey:
        """The key that signs.

        Raises:
            Unavailable: there is none, or it cannot be opened.
        """
        key = self.active_or_none
        if key is None:
            raise Unavailable("No signing key can be opened with this SECRET_KEY.")
        return key

    def of_active_family(self, key: SigningKey) -> bool:
        """Whether the key is of the one family that verifies access tokens."""
        active = self.active_or_none
        return active is not None and active.symmetric == key.symmetric

    def public_keys(self) -> list[dict[str, Any]]:
        """The JSON Web Keys that other services verify with: next, active and verifying ones, never HMAC."""
        return [
            algorithms.public_jwk(key.algorithm, key.private) | {"kid": key.kid}
            for key in self.keys.values()
            if not key.symmetric and (key.state is State.NEXT or (key.state in TRUSTED and self.of_active_family(key)))
        ]


@dataclass(slots=True)
class Holder:
    """Where a process keeps its snapshot, and when it last asked whether that is the newest."""

    ring: Ring | None = None
    checked_at: datetime | None = None
    asking: Lock = field(default_factory=Lock)
    exchanging: Lock = field(default_factory=Lock)

    def exchange(self, seen: Ring | None, loaded: Ring) -> Ring:
        """Keep what was loaded in place of what was seen before, unless another thread has kept a newer one."""
        with self.exchanging:
            if self.ring is seen or self.ring is None or self.ring.version < loaded.version:
                self.ring = loaded
            return self.ring


def init_app(app: Flask) -> None:
    """Give the application an empty holder; the first need fills it."""
    app.extensions[EXTENSION] = Holder()


def holder() -> Holder:
    """The running application's holder."""
    return cast("Holder", current_app.extensions[EXTENSION])


def ring() -> Ring:
    """The snapshot in memory; loaded at the first need."""
    return holder().ring or synced()


def synced(version: int | None = None) -> Ring:
    """The ring of the stored version (asked for, unless told), loaded anew only if it has moved."""
    kept = holder()
    seen = kept.ring
    if version is None:
        version = stored_version()
    kept.checked_at = clock.now()
    if seen is None or seen.version != version:
        return kept.exchange(seen, _load(version))
    return seen


def shown() -> Ring:
    """The ring for the JWKS: its version asked for once a second, waited for 200 ms at most, else from memory."""
    kept = holder()
    if kept.ring is None:
        return synced()
    if _is_old(kept) and kept.asking.acquire(blocking=False):
        asker = Thread(target=_ask, args=(current_app._get_current_object(),), daemon=True)  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
        asker.start()
        asker.join(ASK_SECONDS)
    return kept.ring


def _is_old(kept: Holder) -> bool:
    return kept.checked_at is None or clock.now() - kept.checked_at >= ASK_AFTER


def _ask(app: Flask) -> None:
    with app.app_context():
        try:
            synced()
        except SQLAlchemyError:
            log.warning("key ring shown from memory")
        finally:
            holder().asking.release()


_VERSION = Prepared(sa.select(KeyRing.version))


def stored_version() -> int:
    """The version of the ring in the database."""
    rows = _VERSION.rows()
    if not rows:
        raise Unavailable("The key ring has lost its version.")
    return int(rows[0].version)


def _load(version: int) -> Ring:
    """Read and open the keys. The version was read before them: at worst the next request loads once more."""
    keys, unopened = {}, []
    now = clock.now()
    for row in read(sa.select(StoredKey.__table__)):
        if row.expires_at is not None and row.expires_at <= now:
            continue
        try:
            keys[row.kid] = _open(row)
        except (CannotOpen, ValueError):  # UnfitKey, or a state or algorithm of a newer version
            unopened.append(row.kid)
            log.warning("signing key was sealed under another SECRET_KEY", kid=row.kid, state=row.state)
    return Ring(version, keys, tuple(unopened))


def _open(row: sa.Row[Any]) -> SigningKey:
    private = algorithms.unpack(row.algorithm, unseal(row.sealed, bound_to=binding(row.kid, row.algorithm)))
    return SigningKey(row.kid, row.algorithm, State(row.state), private, algorithms.verifier(private))


def binding(kid: str, algorithm: str) -> str:
    """What a seal is bound to: a sealed key cannot be passed off as another."""
    return f"signing-key/{kid}/{algorithm}"
