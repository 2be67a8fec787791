"""From an access token to the caller."""

from app.access.callers import Caller
from app.access.problems import TokenExpired, TokenInvalid
from app.auth.claims import Claims
from app.auth.tokens import Kind
from app.auth.transport import Presented, clear_cookies, presented_or_none
from app.auth.verification import BadToken, WithdrawnKey
from app.keys.ring import ring, synced
from app.sessions import blocklist
from app.sessions import service as sessions
from app.sessions.blocklist import Standing


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
        claims, standing = judged(presented)
    except BadToken as bad:
        if not isinstance(bad, WithdrawnKey):
            _clear(presented)
        raise TokenInvalid from None
    if standing.ended is not None or standing.profile is None:
        _clear(presented)
        raise TokenInvalid if standing.ended is None else sessions.ended_for(standing.ended)
    return Caller(
        profile=standing.profile,
        session_id=claims.session_id,
        fresh_until=claims.fresh_until,
        csrf=claims.csrf if presented.by_cookie else None,
    )


def judged(presented: Presented) -> tuple[Claims, Standing]:
    """What an access token says, and what counts of it at this moment: one statement.

    If the ring has moved meanwhile, the token is judged by the new one.

    Raises:
        BadToken: not one of ours.
        TokenExpired: past its `exp`.
    """
    seen, claims = ring(), presented.claims()
    if claims.expired:
        raise TokenExpired
    standing = blocklist.standing(claims.user_id, session_id=claims.session_id, token_id=claims.token_id)
    if standing.ring_version != seen.version:  # which other requests may have replaced by now
        synced(standing.ring_version)
        claims = presented.claims()
    return claims, standing


def _clear(presented: Presented) -> None:
    if presented.by_cookie:
        clear_cookies(presented.kind)
