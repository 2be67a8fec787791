"""Passwords at rest: bcrypt over a pre-hash, so that every character of every password counts.

The pre-hash is HMAC-SHA-256 in base64: 44 bytes, never NUL, within bcrypt's 72. Its key is public,
no pepper: it keeps digests stolen elsewhere from being tried here. What is stored names the scheme.
"""

import base64
import hmac
import re
import unicodedata

import bcrypt

from app.kit.settings import settings
from app.users import hashing

MAX_LENGTH = 128

SCHEME = "hmac-sha256-bcrypt"
PREHASH_KEY = b"latchkey/password/1"
STORED = re.compile(
    rf"{SCHEME}(?P<bcrypt>\$2b\$(?P<rounds>0[4-9]|[12][0-9]|3[01])\$"
    r"[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})"
)
NOBODY = "." * 53
ROUNDS_FOR_DAMAGE = 12
MOST_CHARACTERS_NFC_MAKES_ONE = 4


def normalised(password: str) -> str:
    """The password in NFC, the form that is counted and hashed.

    Text that exceeds MAX_LENGTH in any form stays as it is: NFC takes 7 s for 64 KB of accents.
    """
    if len(password) > MAX_LENGTH * MOST_CHARACTERS_NFC_MAKES_ONE:
        return password
    return unicodedata.normalize("NFC", password)


def hash_password(password: str, *, rounds: int) -> str:
    """The text to store for a password, at bcrypt cost `rounds` (4 to 31).

    Lone surrogates, which callers refuse, count here and in `matches` like any other character.
    """
    prehash = _prehash(password)
    with hashing.at_work():
        return SCHEME + bcrypt.hashpw(prehash, bcrypt.gensalt(rounds)).decode()


def hashed(password: str) -> str:
    """The text to store for a password at today's cost."""
    return hash_password(password, rounds=settings().bcrypt_rounds)


def matches(password: str, stored: str) -> bool:
    """Whether this is the password that was stored. Damaged text is a no that takes as long."""
    parts = STORED.fullmatch(stored)
    if parts is None:
        return matches_nobody(password, rounds=ROUNDS_FOR_DAMAGE)
    return _compared(password, parts["bcrypt"])


def matches_nobody(password: str, *, rounds: int) -> bool:
    """False, after as much work as `matches` does for an account hashed with `rounds`."""
    _compared(password, f"$2b${rounds:02}${NOBODY}")
    return False


def needs_rehash(stored: str, *, rounds: int) -> bool:
    """Whether `hash_password` would store another scheme or cost today."""
    parts = STORED.fullmatch(stored)
    return parts is None or int(parts["rounds"]) != rounds


def _compared(password: str, stored: str) -> bool:
    prehash = _prehash(password)
    with hashing.at_work():
        return bcrypt.checkpw(prehash, stored.encode())


def _prehash(password: str) -> bytes:
    text = normalised(password).encode(errors="surrogatepass")
    return base64.b64encode(hmac.digest(PREHASH_KEY, text, "sha256"))
