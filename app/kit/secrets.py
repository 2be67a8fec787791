"""The one door to randomness, key derivation and comparison of secrets."""

import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RANDOM_BYTES = 24


def random_id() -> str:
    """A fresh unguessable name of 192 random bits, URL-safe (UUIDs carry only 122)."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def random_bytes(length: int) -> bytes:
    """Fresh random bytes."""
    return secrets.token_bytes(length)


def derive(secret: str, purpose: str, *, length: int = 32) -> bytes:
    """A key of `length` bytes for one purpose (HKDF-SHA256, RFC 5869): no two purposes share a key."""
    info = f"latchkey/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret.encode())


def equal(left: str, right: str) -> bool:
    """Whether both are the same, in constant time, for any text (bytes: `str` with umlauts would raise)."""
    return hmac.compare_digest(left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass"))
