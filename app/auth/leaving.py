"""POST /auth/logout: whatever is alive ends, whatever is dead is no obstacle."""

from collections.abc import Iterator

from app.access import forgery
from app.access.problems import TokenExpired
from app.auth.claims import Claims
from app.auth.recognition import judged
from app.auth.tokens import Kind
from app.auth.transport import Presented, carries_bearer, clear_cookies, presented_or_none, speaks_for_itself
from app.auth.verification import BadToken
from app.keys.ring import ring, synced
from app.sessions import service as sessions
from app.sessions.logout import log_out


def leave() -> None:
    """End the sessions that the request's live tokens name, and clear the cookies.

    Raises:
        CsrfFailed: a foreign origin; or live cookies without the CSRF value of any of them.
    """
    alive = list(_alive())
    if not carries_bearer():
        forgery.check_origin()
    if not speaks_for_itself():
        if alive:
            forgery.check_token({claims.csrf or "" for _, claims in alive})
        clear_cookies(*Kind)
    for session_id, user_id in {claims.session_id: claims.user_id for _, claims in alive}.items():
        named = [claims for kind, claims in alive if kind is Kind.ACCESS and claims.session_id == session_id]
        log_out(session_id, user_id=user_id, tokens=[(claims.token_id, claims.expires_at) for claims in named])


def _alive() -> Iterator[tuple[Kind, Claims]]:
    """The tokens that still open something: an access token unless blocked, a refresh token while its session lives."""
    for presented in filter(None, map(presented_or_none, Kind)):
        try:
            claims = _living_or_none(presented)
        except (BadToken, TokenExpired):
            continue
        if claims is not None:
            yield presented.kind, claims
            if not presented.by_cookie:
                return  # it is of one kind


def _living_or_none(presented: Presented) -> Claims | None:
    if presented.kind is Kind.ACCESS:
        claims, standing = judged(presented)
        return claims if standing.ended is None and standing.profile is not None else None
    seen, claims = ring(), presented.claims()
    if synced() is not seen:
        claims = presented.claims()
    if claims.expired:
        return None
    if claims.key_revoked:
        return claims if sessions.is_replayable(claims.session_id, claims.token_id) else None
    return claims if sessions.is_live(claims.session_id) else None
