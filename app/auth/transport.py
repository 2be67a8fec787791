"""How tokens travel: the one rule for headers and cookies, and the four cookies.

With an `Authorization` header only that counts. Otherwise cookies count. A cookie that comes twice is nobody's word.
"""

from dataclasses import dataclass
from typing import Literal

from flask import Response, after_this_request, request

from app.auth.claims import Claims
from app.auth.tokens import Kind
from app.auth.verification import BadToken, UnknownKey, WithdrawnKey, verify
from app.keys.ring import synced
from app.kit.settings import settings
from config import Config

AUTHORIZATION = "HTTP_AUTHORIZATION"
BEARER = "bearer"
PREFIX = "__Host-"
SAME_SITE: dict[Kind, Literal["Lax", "Strict"]] = {Kind.ACCESS: "Lax", Kind.REFRESH: "Strict"}
OK_BELOW = 400
FAILED_FROM = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A token as it came: by bearer, or by cookie. `token` is `None` where a cookie came twice, or quoted."""

    token: str | None
    kind: Kind
    by_cookie: bool

    def claims(self) -> Claims:
        """What it says, by the ring in memory; by the stored one before it is refused for its key.

        Raises:
            BadToken: it is not one of ours, or came by cookie without being made for one.
        """
        if self.token is None:
            raise BadToken
        try:
            claims = verify(self.token, self.kind)
        except (UnknownKey, WithdrawnKey):
            synced()
            claims = verify(self.token, self.kind)
        if self.by_cookie and claims.csrf is None:
            raise BadToken
        return claims


def speaks_for_itself() -> bool:
    """Whether the request has an `Authorization` header, so that cookies are not looked at."""
    return AUTHORIZATION in request.environ


def carries_bearer() -> bool:
    """Whether the request brings a bearer token, which no foreign page can make a browser send."""
    return str(request.environ.get(AUTHORIZATION, "")).partition(" ")[0].lower() == BEARER


def presented_or_none(kind: Kind) -> Presented | None:
    """The token of this kind that the request carries; `None` for none, and for another scheme than Bearer."""
    said = request.environ.get(AUTHORIZATION)
    if said is not None:
        token = said.partition(" ")[2]
        return Presented(token=token, kind=kind, by_cookie=False) if carries_bearer() else None
    name = token_cookie(kind)
    values = request.cookies.getlist(name)
    if not values:
        return None
    # Cookies may be quoted (RFC 6265, 4.1.1), tokens have one spelling: as it came, or not at all.
    plain = len(values) == 1 and f"{name}={values[0]}" in request.headers["Cookie"]
    return Presented(token=values[0] if plain else None, kind=kind, by_cookie=True)


def token_cookie(kind: Kind) -> str:
    """The name of the cookie that carries this kind of token, out of reach of scripts."""
    return f"{PREFIX if settings().cookie_secure else ''}{kind}_token"


def csrf_cookie(kind: Kind) -> str:
    """The name of the readable cookie whose value goes into `X-CSRF-TOKEN`."""
    return f"{PREFIX if settings().cookie_secure else ''}csrf_{kind}_token"


def security_schemes(config: Config) -> dict[str, dict[str, str]]:
    """How OpenAPI tells of the two ways."""
    prefix = PREFIX if config.cookie_secure else ""
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "bearer": {**bearer, "description": "The access token of /auth/token. With it, cookies are ignored."},
        "refreshBearer": {**bearer, "description": "The refresh token of /auth/token."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": f"{prefix}access_token"},
        "refreshCookie": {"type": "apiKey", "in": "cookie", "name": f"{prefix}refresh_token"},
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-TOKEN",
            "description": f"The value of the cookie {prefix}csrf_access_token;"
            f" of {prefix}csrf_refresh_token for /auth/refresh.",
        },
    }


def promise_cookies(kind: Kind, token: str, *, csrf: str, life: int) -> None:
    """Set the pair of cookies if the answer turns out well; say the CSRF value in a header for other origins too."""

    @after_this_request
    def set_cookies(response: Response) -> Response:
        if response.status_code < OK_BELOW:
            _set_pair(response, kind, token=token, csrf=csrf, life=life)
            response.headers[f"X-CSRF-{kind.capitalize()}"] = csrf
        return response


def clear_cookies(*kinds: Kind) -> None:
    """Take the pair of cookies of each kind back, unless the request failed here and may be repeated."""

    @after_this_request
    def unset_cookies(response: Response) -> Response:
        for kind in kinds if response.status_code < FAILED_FROM else ():
            _set_pair(response, kind, token="", csrf="", life=0)
        return response


def _set_pair(response: Response, kind: Kind, *, token: str, csrf: str, life: int) -> None:
    for name, value, readable in ((token_cookie(kind), token, False), (csrf_cookie(kind), csrf, True)):
        response.set_cookie(
            name,
            value,
            max_age=life,
            path="/",
            secure=settings().cookie_secure,
            httponly=not readable,
            samesite=SAME_SITE[kind],
        )
