"""JWT and our world: what a grant becomes as a token, and the one function that verifies tokens.

Flask-JWT-Extended checks signature, issuer, audience and times through the key loader below, which first refuses every
header and claim that is not exactly as minted: the library alone takes tokens without `exp`, `jti` or `type`.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hmac import digest
from typing import Any
from uuid import UUID

import jwt
from flask import Flask
from flask_jwt_extended import JWTManager, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from app.keys import service as keys
from app.kit import clock
from app.kit.secrets import derive, random_id
from app.kit.settings import settings
from app.sessions.blocklist import LEEWAY
from app.sessions.service import Grant
from config import Config

MAX_TOKEN_BYTES = 4096
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
JTI = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)  # 128 bits in base64url, and no more than the blocklist holds
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
MAC_BYTES = 24
LATEST = 253402300799  # the last second of the year 9999


class Kind(StrEnum):
    """The two kinds of token, by their `type` claim."""

    ACCESS = "access"
    REFRESH = "refresh"

    @property
    def typ(self) -> str:
        """The `typ` header of this kind (RFC 9068 section 2.1 for access tokens)."""
        return "at+jwt" if self is Kind.ACCESS else "rt+jwt"


class BadToken(Exception):
    """The token is not one of ours, or not in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified token says."""

    user_id: UUID
    session_id: UUID
    token_id: str
    csrf: str | None
    expires_at: datetime
    fresh_until: datetime

    @property
    def expired(self) -> bool:
        """Whether `exp` has passed, beyond the leeway."""
        return clock.now() >= self.expires_at + LEEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A token just made, with its life in seconds."""

    token: str
    jti: str
    life: int


def init_app(app: Flask, config: Config) -> None:
    """Set Flask-JWT-Extended up to verify exactly what `mint` makes."""
    app.config |= {
        "JWT_DECODE_ALGORITHMS": list(keys.ALGORITHMS),
        "JWT_DECODE_ISSUER": config.jwt_issuer,
        "JWT_DECODE_AUDIENCE": config.jwt_audience,
        "JWT_DECODE_LEEWAY": LEEWAY.total_seconds(),
    }
    manager = JWTManager(app)
    manager.decode_key_loader(_key_for)


def mint(grant: Grant, kind: Kind, *, roles: tuple[str, ...] = ()) -> Minted:
    """A token of this kind for the grant. The refresh token of a grant has the same claims each time."""
    config, now = settings(), clock.now()
    if kind is Kind.REFRESH:
        jti, issued_at, expires_at = (
            grant.refresh_jti,
            grant.refresh_issued_at,
            grant.refresh_expires_at,
        )
        further: dict[str, Any] = {}
    else:
        jti, issued_at = random_id(), now.replace(microsecond=0)
        expires_at = min(issued_at + config.access_token_ttl, grant.refresh_expires_at)
        further = {"roles": list(roles), "fresh": _seconds(grant.fresh_until)}
    claims = further | {
        "iss": config.jwt_issuer,
        "aud": config.jwt_audience,
        "sub": str(grant.user_id),
        "sid": str(grant.session_id),
        "jti": jti,
        "iat": _seconds(issued_at),
        "nbf": _seconds(issued_at),
        "exp": _seconds(expires_at),
        "type": str(kind),
    }
    if grant.by_cookie:
        claims["csrf"] = csrf_for(jti)
    key = keys.active()
    token = jwt.encode(claims, key.material, algorithm=key.algorithm, headers={"kid": key.kid, "typ": kind.typ})
    return Minted(token=token, jti=jti, life=max(0, _seconds(expires_at) - _seconds(now)))


def verify(token: str, kind: Kind) -> Claims:
    """What the token says, if it is one of ours of this kind; it may have expired (`Claims.expired`).

    Raises:
        BadToken: anything else.
    """
    if not token.isascii() or len(token) > MAX_TOKEN_BYTES or not COMPACT.fullmatch(token):
        raise BadToken
    signature = token.rpartition(".")[2]
    try:
        if urlsafe_b64encode(urlsafe_b64decode(signature + "==")).rstrip(b"=").decode() != signature:
            raise BadToken
        claims = decode_token(token, allow_expired=True)
    except (jwt.PyJWTError, JWTExtendedException, ValueError, RecursionError):
        raise BadToken from None
    if claims["type"] != kind:
        raise BadToken
    return Claims(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        token_id=claims["jti"],
        csrf=claims.get("csrf"),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        fresh_until=datetime.fromtimestamp(claims.get("fresh") or 0, UTC),
    )


def _key_for(header: dict[str, Any], claims: dict[str, Any]) -> bytes:
    """The key that the header names, once header and claims are found to be exactly of our making."""
    if set(header) != {"alg", "kid", "typ"} or not all(isinstance(value, str) for value in header.values()):
        raise BadToken
    key = keys.find_or_none(header["kid"])
    if key is None or key.algorithm != header["alg"]:
        raise BadToken
    kind = _checked_kind(claims)
    if header["typ"] != kind.typ:
        raise BadToken
    return key.material


def _checked_kind(claims: dict[str, Any]) -> Kind:
    """The token's kind, if every claim is there and of its type, and the life no longer than configured."""
    kind = Kind(str(claims.get("type")))
    expected = BOTH if kind is Kind.REFRESH else BOTH | ACCESS_ONLY
    if not all(fits(claims.get(name)) for name, fits in expected.items()) or not _is_text(claims.get("csrf", "-")):
        raise BadToken
    longest = settings().access_token_ttl if kind is Kind.ACCESS else settings().refresh_token_ttl
    if claims["exp"] - claims["iat"] > longest.total_seconds():
        raise BadToken
    return kind


def _seconds(moment: datetime) -> int:
    """NumericDate of RFC 7519, in whole seconds."""
    return int(moment.timestamp())


def csrf_for(jti: str) -> str:
    """The CSRF value of a token: an HMAC of its `jti`, stored nowhere, so that a repeated answer repeats it."""
    mac = digest(derive(settings().secret_key, "csrf"), jti.encode(), "sha256")
    return urlsafe_b64encode(mac[:MAC_BYTES]).decode()


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
