"""POST /auth/logout: whatever is alive ends, whatever is dead is no obstacle."""

from collections.abc import Iterator

from app.access import forgery
from app.auth.claims import Claims
from app.auth.tokens import Kind
from app.auth.transport import carries_bearer, clear_cookies, presented_or_none, speaks_for_itself
from app.auth.verification import BadToken
from app.keys import service as keys
from app.sessions import blocklist
from app.sessions import service as sessions
from app.sessions.models import Reason


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
    for kind, claims in alive:
        tokens = [(claims.token_id, claims.expires_at)] if kind is Kind.ACCESS else []
        sessions.end(claims.session_id, Reason.LOGOUT, actor_id=claims.user_id, tokens=tokens)


def _alive() -> Iterator[tuple[Kind, Claims]]:
    """The tokens that still open something: an access token unless blocked, a refresh token while its session lives."""
    sent = [each for each in map(presented_or_none, Kind) if each is not None]
    if sent:
        keys.ready()
    for presented in sent:
        kind = presented.kind
        try:
            claims = presented.claims()
        except BadToken:
            continue
        if not claims.expired and _still_counts(kind, claims):
            yield kind, claims


def _still_counts(kind: Kind, claims: Claims) -> bool:
    if kind is Kind.REFRESH and claims.key_revoked:
        return sessions.is_replayable(claims.session_id, claims.token_id)
    if kind is Kind.REFRESH:
        return sessions.is_live(claims.session_id)
    standing = blocklist.standing(claims.user_id, session_id=claims.session_id, token_id=claims.token_id)
    return standing.ended is None and standing.profile is not None
