"""The life of the signing keys: next, active, verifying, gone; or revoked. Each change is one transaction."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import service as audit
from app.audit.models import Action
from app.keys import algorithms
from app.keys.algorithms import Private
from app.keys.models import KeyRing, State, StoredKey
from app.keys.problems import RingRefusal
from app.keys.ring import Ring, binding, holder, synced
from app.keys.ring import shown as shown_ring
from app.kit import clock
from app.kit.database import add_new, db, own_transaction, read
from app.kit.sealing import CannotOpen, seal, unseal
from app.kit.secrets import random_id
from app.kit.settings import settings

PUBLISHED_SECONDS = 300
SPARE = timedelta(days=1)
_NUMBERS = sa.select(StoredKey.state, sa.func.count().label("number")).group_by(StoredKey.state)
_NEXT_VERSION = sa.update(KeyRing).values(version=KeyRing.version + 1)


def ready() -> Ring:
    """The ring as it is stored now, with a first key in it: made once, however many workers start together."""
    current = synced()
    if current.active_or_none is None and not current.unopened:
        _make_first()
        current = synced()
    return current


def shown() -> Ring:
    """The ring for the JWKS, from memory while the database is away; with a first key in it."""
    return ready() if holder().ring is None else shown_ring()


def listed() -> list[StoredKey]:
    """Every key, oldest first."""
    return list(db.session.scalars(sa.select(StoredKey).order_by(StoredKey.created_at)))


def numbers() -> dict[State, int]:
    """How many keys are in each state."""
    counted = {row.state: row.number for row in read(_NUMBERS)}
    return {state: counted.get(state, 0) for state in State}


def active_since_or_none() -> datetime | None:
    """Since when the active key signs; `None` if there is none."""
    rows = read(sa.select(StoredKey.activated_at).where(StoredKey.state == State.ACTIVE))
    return rows[0].activated_at if rows else None


def generate(algorithm: str | None = None) -> StoredKey:
    """Publish a next key, which does not sign yet.

    Raises:
        RingRefusal: there is a next key already.
    """
    algorithm = algorithm or settings().jwt_algorithm
    return _publish(algorithm, algorithms.make(algorithm))


def adopt(text: bytes) -> StoredKey:
    """Publish a private PEM or JWK from elsewhere as the next key.

    Raises:
        UnfitKey: it is none, or too weak.
        RingRefusal: there is a next key already, or this very key.
    """
    return _publish(*algorithms.read_foreign(text), told_as=Action.KEY_IMPORTED)


def rotate() -> StoredKey:
    """Sign with the next key (made if there is none); the key that signed lives on to verify."""
    _move_version()
    upcoming = _in_state_or_none(State.NEXT)
    if upcoming is None:
        algorithm = settings().jwt_algorithm
        upcoming = _stored(algorithm, algorithms.make(algorithm))
    _retire_active(State.VERIFYING)
    return _activate(upcoming)


def is_too_early() -> bool:
    """Whether a rotation now would sign with a key that caches of the JWKS may not know yet."""
    upcoming = _in_state_or_none(State.NEXT)
    if algorithms.is_symmetric(upcoming.algorithm if upcoming else settings().jwt_algorithm):
        return False
    return upcoming is None or (clock.now() - upcoming.created_at).total_seconds() < PUBLISHED_SECONDS


def retire(kid: str) -> None:
    """Take a verifying key back before its tokens have lived out; a next key goes too.

    Raises:
        RingRefusal: no such key, or it is active, or gone already.
    """
    _move_version()
    key = _find(kid)
    if key.state == State.ACTIVE:
        raise RingRefusal("This key signs. Rotate first, or revoke it.")
    if key.state == State.NEXT:
        db.session.delete(key)
    elif key.state == State.VERIFYING:
        key.state = State.RETIRED
    else:
        raise RingRefusal("This key does not verify any more.")
    audit.record(Action.KEY_RETIRED, kid=kid)


def revoke(kid: str) -> None:
    """Let nothing that this key signed count, as after a leak; if it was active, another signs from now on.

    Raises:
        RingRefusal: no such key.
    """
    _move_version()
    key = _find(kid)
    was_active = key.state == State.ACTIVE
    key.state = State.REVOKED
    key.expires_at = _lived_out()
    db.session.flush()
    audit.record(Action.KEY_REVOKED, kid=kid)
    if was_active:
        successor = _in_state_or_none(State.NEXT) or _stored(key.algorithm, algorithms.make(key.algorithm))
        _activate(successor)


def reseal() -> int:
    """Seal every key under the present SECRET_KEY; say how many. Fallbacks can go afterwards.

    Raises:
        CannotOpen: a key was sealed under a secret that is not here; nothing changes.
    """
    _move_version()
    keys = listed()
    for key in keys:
        bound_to = binding(key.kid, key.algorithm)
        key.sealed = seal(unseal(key.sealed, bound_to=bound_to), bound_to=bound_to)
    audit.record(Action.RING_RESEALED, keys=len(keys))
    return len(keys)


def prune() -> int:
    """Delete the keys whose tokens have lived out; say how many went."""
    gone = sa.delete(StoredKey).where(StoredKey.expires_at < clock.now()).returning(StoredKey.kid)
    return len(db.session.execute(gone).all())


def _make_first() -> None:
    algorithm = settings().jwt_algorithm
    values = _values(algorithm, algorithms.make(algorithm), State.ACTIVE) | {"activated_at": clock.now()}
    with own_transaction() as connection:
        connection.execute(_NEXT_VERSION)  # first, as every change of the ring: it takes the row
        if add_new(StoredKey, values, by=connection):
            audit.record(Action.KEY_GENERATED, by=connection, kid=values["kid"], algorithm=algorithm)


def _publish(algorithm: str, private: Private, *, told_as: Action = Action.KEY_GENERATED) -> StoredKey:
    _move_version()
    prune()
    if _in_state_or_none(State.NEXT) is not None:
        raise RingRefusal("There is a next key already. Rotate to it, or retire it.")
    return _stored(algorithm, private, told_as=told_as)


def _move_version() -> None:
    """Take the ring's row: changes of the ring happen one after another."""
    db.session.execute(_NEXT_VERSION)


def _stored(algorithm: str, private: Private, *, told_as: Action = Action.KEY_GENERATED) -> StoredKey:
    """The next key, from now on."""
    key = StoredKey(**_values(algorithm, private, State.NEXT))
    if db.session.get(StoredKey, key.kid) is not None:
        raise RingRefusal("This key is in the ring already.")
    db.session.add(key)
    db.session.flush()
    audit.record(told_as, kid=key.kid, algorithm=algorithm)
    return key


def _values(algorithm: str, private: Private, state: State) -> dict[str, Any]:
    if isinstance(private, bytes):
        kid = random_id()
    else:
        kid = algorithms.thumbprint(algorithms.public_jwk(algorithm, private))
    return {
        "kid": kid,
        "algorithm": algorithm,
        "state": str(state),
        "sealed": seal(algorithms.pack(private), bound_to=binding(kid, algorithm)),
        "created_at": clock.now(),
    }


def _retire_active(state: State) -> None:
    active = _in_state_or_none(State.ACTIVE)
    if active is not None:
        active.state = state
        active.expires_at = _lived_out()
        db.session.flush()


def _activate(key: StoredKey) -> StoredKey:
    try:
        unseal(key.sealed, bound_to=binding(key.kid, key.algorithm))
    except CannotOpen:
        raise RingRefusal("The next key was sealed under another SECRET_KEY. Retire it first.") from None
    key.state, key.activated_at = State.ACTIVE, clock.now()
    db.session.flush()
    audit.record(Action.KEY_ROTATED, kid=key.kid, algorithm=key.algorithm)
    return key


def _in_state_or_none(state: State) -> StoredKey | None:
    return db.session.scalar(sa.select(StoredKey).where(StoredKey.state == state))


def _find(kid: str) -> StoredKey:
    key = db.session.get(StoredKey, kid)
    if key is None:
        raise RingRefusal("There is no such key.")
    return key


def _lived_out() -> datetime:
    """When no token that was signed until now can be alive, with a day to spare for clocks."""
    config = settings()
    return clock.now() + max(config.access_token_ttl, config.refresh_token_ttl) + SPARE
