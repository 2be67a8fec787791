"""From a grant to what the client gets: tokens in the body by bearer, in cookies otherwise."""

from typing import Any

from app.auth.tokens import Kind, csrf_for, mint
from app.auth.transport import promise_cookies
from app.kit.tracing import name_caller
from app.sessions.grants import Grant


def deliver(grant: Grant, *, by_cookie: bool) -> dict[str, Any]:
    """The body that brings both tokens, or tells of their cookies."""
    refresh = _deliver(grant, Kind.REFRESH, by_cookie=by_cookie)
    return deliver_access(grant, by_cookie=by_cookie) | refresh


def deliver_access(grant: Grant, *, by_cookie: bool) -> dict[str, Any]:
    """The body that brings a new access token, or tells of its cookie."""
    name_caller(grant.user_id)
    body = _deliver(grant, Kind.ACCESS, by_cookie=by_cookie)
    return body if by_cookie else {"token_type": "Bearer"} | body


def _deliver(grant: Grant, kind: Kind, *, by_cookie: bool) -> dict[str, Any]:
    minted = mint(grant, kind, roles=grant.roles)
    life = {"expires_in" if kind is Kind.ACCESS else "refresh_expires_in": minted.life}
    if not by_cookie:
        return {f"{kind}_token": minted.token} | life
    promise_cookies(kind, minted.token, csrf=csrf_for(minted.jti), life=minted.life)
    return life
