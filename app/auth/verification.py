"""The one function that verifies tokens; nothing else decodes one (RFC 8725).

What is cheap and strict comes first: size, spelling, header and claims exactly as `mint` makes them, by a parser that
refuses a name said twice. Then Flask-JWT-Extended checks signature, issuer, audience and times, with the one key and
the one algorithm that the `kid` is bound to: the library alone takes tokens without `exp`, `jti` or `type`. Its public
`decode_token` first reads the token twice to find a key, which is found here already; so it is asked behind that door.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from flask import Flask
from flask_jwt_extended import JWTManager
from flask_jwt_extended.config import config as settled
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_jwt_extended.tokens import _decode_jwt

from app.auth.claims import Claims, memory
from app.auth.tokens import Kind
from app.keys.algorithms import ALGORITHMS, signature_bytes
from app.keys.models import State
from app.keys.ring import TRUSTED, SigningKey, ring
from app.kit.problems import Unavailable
from app.kit.settings import settings
from app.sessions.blocklist import LEEWAY
from config import Config

MAX_TOKEN_BYTES = 4096
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
JTI = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)  # 128 bits in base64url, and no more than the blocklist holds
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
LATEST = 253402300799  # the last second of the year 9999
HEADER = {"alg", "kid", "typ"}

Members = dict[str, Any]


class BadToken(Exception):
    """The token is not one of ours, or not in order."""


class UnknownKey(BadToken):
    """No key of the ring in memory has this `kid`; a newer ring may."""


class WithdrawnKey(BadToken):
    """The token is authentic, but its key does not count: revoked, retired, or of the other family."""


def init_app(app: Flask, config: Config) -> None:
    """Set Flask-JWT-Extended up to verify exactly what `mint` makes."""
    app.config |= {
        "JWT_DECODE_ALGORITHMS": list(ALGORITHMS),
        "JWT_DECODE_ISSUER": config.jwt_issuer,
        "JWT_DECODE_AUDIENCE": config.jwt_audience,
        "JWT_DECODE_LEEWAY": LEEWAY.total_seconds(),
    }
    JWTManager(app).decode_key_loader(lambda header, _claims: _key_of(header).verifier)


def verify(token: str, kind: Kind) -> Claims:
    """What the token says, if it is one of ours of this kind; it may have expired (`Claims.expired`).

    Raises:
        UnknownKey: its key is not in the ring in memory.
        WithdrawnKey: its key does not count (any more) for this kind.
        Unavailable: its key cannot be opened with this SECRET_KEY, so nothing can be said of it.
        BadToken: anything else.
    """
    if kind is Kind.REFRESH:  # comes once
        return _verified(token, kind)
    claims = memory().recall(token, lambda: _verified(token, kind))
    if not claims.begun:
        raise BadToken
    return claims


def _verified(token: str, kind: Kind) -> Claims:
    header, claims, signature = _read(token)
    key = _key_of(header)
    if len(signature) != signature_bytes(key.algorithm, key.private):  # OpenSSL lets a zero at its front be left out
        raise BadToken
    _check_shape(claims, kind)
    if header["typ"] != kind.typ:
        raise BadToken
    try:
        _check(token, key)
    except (jwt.PyJWTError, JWTExtendedException, ValueError):
        raise BadToken from None
    if not _is_trusted(key, kind):
        raise WithdrawnKey
    return Claims(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        token_id=claims["jti"],
        csrf=claims.get("csrf"),
        begins_at=datetime.fromtimestamp(max(claims["iat"], claims["nbf"]), UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        fresh_until=datetime.fromtimestamp(claims["fresh"] if kind is Kind.ACCESS else 0, UTC),
        key_revoked=key.state is State.REVOKED,
    )


def _check(token: str, key: SigningKey) -> None:
    """Have Flask-JWT-Extended verify the token, by the function that its `decode_token` comes to."""
    _decode_jwt(
        encoded_token=token,
        secret=key.verifier,
        algorithms=[key.algorithm],
        issuer=settled.decode_issuer,
        audience=settled.decode_audience,
        leeway=settled.leeway,
        allow_expired=True,
        verify_aud=True,
        verify_sub=settled.verify_sub,
        identity_claim_key=settled.identity_claim_key,
        csrf_value="",
    )


def _read(token: str) -> tuple[Members, Members, bytes]:
    """Header, claims and signature of a token that has one spelling only; nothing is believed yet."""
    parts = COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_BYTES else None
    if parts is None:
        raise BadToken
    try:
        header, claims, signature = (_decoded(part) for part in parts.groups())
        return _members(header), _members(claims), signature
    except (ValueError, RecursionError):
        raise BadToken from None


def _decoded(part: str) -> bytes:
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise BadToken
    return raw


def _members(raw: bytes) -> Members:
    found = json.loads(raw.decode(), object_pairs_hook=_unique)
    if not isinstance(found, dict):
        raise BadToken
    return found


def _unique(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadToken
    return members


def _key_of(header: Members) -> SigningKey:
    """The key that the header names, if it says nothing else and the algorithm is the key's own (RFC 8725, 3.1)."""
    if header.keys() != HEADER or not all(isinstance(value, str) for value in header.values()):
        raise BadToken
    if header["kid"] in ring().unopened:
        raise Unavailable("The key of this token cannot be opened here.")
    key = ring().keys.get(header["kid"])
    if key is None or key.state is State.NEXT:
        raise UnknownKey
    if key.algorithm != header["alg"]:
        raise BadToken
    return key


def _check_shape(claims: Members, kind: Kind) -> None:
    """Refuse claims that lack one, have one of another type, or promise a longer life than configured."""
    expected = BOTH if kind is Kind.REFRESH else BOTH | ACCESS_ONLY
    if claims.get("type") != kind or not all(fits(claims.get(name)) for name, fits in expected.items()):
        raise BadToken
    if "csrf" in claims and not _is_text(claims["csrf"]):
        raise BadToken
    longest = settings().access_token_ttl if kind is Kind.ACCESS else settings().refresh_token_ttl
    if claims["exp"] - claims["iat"] > longest.total_seconds():
        raise BadToken


def _is_trusted(key: SigningKey, kind: Kind) -> bool:
    """Access: one family at a time. Refresh: the other family too, and a revoked key for a closer look."""
    if kind is Kind.ACCESS:
        return key.state in TRUSTED and ring().of_active_family(key)
    return key.state in TRUSTED or key.state is State.REVOKED


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < LATEST


def _is_id(value: object) -> bool:
    return isinstance(value, str) and UUID_TEXT.fullmatch(value) is not None


def _is_random(value: object) -> bool:
    return isinstance(value, str) and JTI.fullmatch(value) is not None


def _are_roles(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(role, str) for role in value)


BOTH: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(("iss", "aud", "type"), _is_text),
    **dict.fromkeys(("iat", "nbf", "exp"), _is_time),
    **dict.fromkeys(("sub", "sid"), _is_id),
    "jti": _is_random,
}
ACCESS_ONLY: dict[str, Callable[[object], bool]] = {"fresh": _is_time, "roles": _are_roles}
