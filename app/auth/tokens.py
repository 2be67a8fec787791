"""What a grant becomes as a token. `app.auth.verification` is the way back."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import digest
from typing import Any

import jwt

from app.keys.ring import ring
from app.kit import clock
from app.kit.secrets import derive, random_id
from app.kit.settings import settings
from app.sessions.grants import Grant

MAC_BYTES = 24


class Kind(StrEnum):
    """The two kinds of token, by their `type` claim."""

    ACCESS = "access"
    REFRESH = "refresh"

    @property
    def typ(self) -> str:
        """The `typ` header of this kind (RFC 9068 section 2.1 for access tokens)."""
        return "at+jwt" if self is Kind.ACCESS else "rt+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A token just made, with its life in seconds."""

    token: str
    jti: str
    life: int


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
    key = ring().active()
    token = jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid, "typ": kind.typ})
    return Minted(token=token, jti=jti, life=max(0, _seconds(expires_at) - _seconds(now)))


def _seconds(moment: datetime) -> int:
    """NumericDate of RFC 7519, in whole seconds."""
    return int(moment.timestamp())


def csrf_for(jti: str) -> str:
    """The CSRF value of a token: an HMAC of its `jti`, stored nowhere, so that a repeated answer repeats it."""
    mac = digest(derive(settings().secret_key, "csrf"), jti.encode(), "sha256")
    return urlsafe_b64encode(mac[:MAC_BYTES]).decode()
