"""From an access token to the caller."""

from app.access.callers import Caller
from app.access.problems import TokenExpired, TokenInvalid
from app.auth.tokens import BadToken, Kind
from app.auth.transport import Presented, clear_cookies, presented_or_none
from app.sessions import blocklist
from app.sessions import service as sessions


def recognise() -> Caller | None:
    """The caller that the request's access token names; `None` if it carries none.

    What is found dead is cleared, but for a token that merely expired: another request may just have renewed it.

    Raises:
        TokenInvalid: not one of ours.
        TokenExpired: past its `exp`.
        SessionEnded: revoked, and why.
    """
    presented = presented_or_none(Kind.ACCESS)
    if presented is None:
        return None
    try:
        claims = presented.claims()
    except BadToken:
        _clear(presented)
        raise TokenInvalid from None
    if claims.expired:
        raise TokenExpired
    standing = blocklist.standing(claims.user_id, session_id=claims.session_id, token_id=claims.token_id)
    if standing.ended is not None:
        _clear(presented)
        raise sessions.ended_for(standing.ended)
    if standing.profile is None:
        _clear(presented)
        raise TokenInvalid
    return Caller(
        profile=standing.profile,
        session_id=claims.session_id,
        fresh_until=claims.fresh_until,
        csrf=claims.csrf if presented.by_cookie else None,
    )


def _clear(presented: Presented) -> None:
    if presented.by_cookie:
        clear_cookies(presented.kind)
