"""The signing keys: the active one, and those of older secrets, whose tokens live out."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from app.kit.secrets import derive
from app.kit.settings import settings

ALGORITHMS = ("HS256", "HS384", "HS512")
KID_BYTES = 9


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that one `kid` names, bound to one algorithm."""

    kid: str
    algorithm: str
    material: bytes = field(repr=False)


def active() -> SigningKey:
    """The key that signs."""
    config = settings()
    return _key(config.secret_key, config.jwt_algorithm)


def find_or_none(kid: str) -> SigningKey | None:
    """The key that this `kid` names, if it may still verify; of any algorithm, for a change of it logs nobody out."""
    config = settings()
    secrets = (config.secret_key, *config.secret_key_fallbacks)
    keys = (_key(secret, algorithm) for secret in secrets for algorithm in ALGORITHMS)
    return next((key for key in keys if key.kid == kid), None)


@lru_cache(maxsize=64)
def _key(secret: str, algorithm: str) -> SigningKey:
    material = derive(secret, f"sign/{algorithm}", length=64)
    kid = urlsafe_b64encode(sha256(b"kid" + material).digest()[:KID_BYTES]).decode()
    return SigningKey(kid, algorithm, material)
