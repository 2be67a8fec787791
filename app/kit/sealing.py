"""Secrets at rest: sealed under a key from SECRET_KEY (AES-256-GCM), bound to what they belong to.

An envelope is one byte of version, eight that name the secret, a nonce of twelve, then the ciphertext with its tag.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kit.secrets import derive, random_bytes
from app.kit.settings import settings

VERSION = b"\x01"
NAME = slice(1, 9)
NONCE = slice(9, 21)
SEALED = slice(21, None)


class CannotOpen(Exception):
    """The envelope was sealed under a secret that is not here, or is damaged."""


def seal(plain: bytes, *, bound_to: str) -> bytes:
    """The envelope of `plain`, which opens only together with the same `bound_to`."""
    secret, nonce = settings().secret_key, random_bytes(12)
    return VERSION + _name(secret) + nonce + _cipher(secret).encrypt(nonce, plain, bound_to.encode())


def unseal(envelope: bytes, *, bound_to: str) -> bytes:
    """What was sealed, under SECRET_KEY or one of its fallbacks.

    Raises:
        CannotOpen: another secret, another `bound_to`, or a damaged envelope.
    """
    config = settings()
    for secret in (config.secret_key, *config.secret_key_fallbacks):
        if envelope[:1] == VERSION and envelope[NAME] == _name(secret):
            try:
                return _cipher(secret).decrypt(envelope[NONCE], envelope[SEALED], bound_to.encode())
            except (InvalidTag, ValueError):
                break
    raise CannotOpen


def is_under_present_secret(envelope: bytes) -> bool:
    """Whether SECRET_KEY itself opens it, not a fallback."""
    return envelope[NAME] == _name(settings().secret_key)


def _name(secret: str) -> bytes:
    return derive(secret, "seal-name", length=8)


def _cipher(secret: str) -> AESGCM:
    return AESGCM(derive(secret, "seal"))
