"""POST /auth/refresh: from a refresh token to a grant."""

from app.access import forgery
from app.access.problems import CsrfFailed, SessionEnded
from app.auth.claims import Claims
from app.auth.tokens import Kind
from app.auth.transport import Presented, clear_cookies, presented_or_none
from app.auth.verification import BadToken, WithdrawnKey
from app.keys import service as keys
from app.keys.ring import ring
from app.sessions import service as sessions
from app.sessions.grants import Grant
from app.sessions.models import Reason
from app.sessions.problems import RefreshInvalid, RefreshMissing, RefreshReused, RefreshWithdrawn


def renew() -> tuple[Grant, bool]:
    """Spend the presented refresh token; say also whether it came by cookie.

    A dead cookie is answered for what it is, with or without its CSRF header. What is found dead is cleared, but for a
    token that merely expired.

    Raises:
        RefreshInvalid, RefreshReused, SessionEnded: as `sessions.rotate`.
        CsrfFailed: a live cookie from a foreign origin or without its CSRF value.
    """
    presented = presented_or_none(Kind.REFRESH)
    if presented is None:
        raise RefreshMissing
    keys.ready()
    try:
        claims = _authentic(presented)
        return _rotate(claims, forged=_forgery_or_none(presented, claims)), presented.by_cookie
    except (RefreshInvalid, RefreshReused, SessionEnded) as dead:
        if presented.by_cookie and not _may_be_renewed(dead):
            clear_cookies(Kind.REFRESH)
        raise


def _authentic(presented: Presented) -> Claims:
    try:
        return presented.claims()
    except WithdrawnKey:
        raise RefreshWithdrawn from None
    except BadToken:
        raise RefreshInvalid from None


def _rotate(claims: Claims, *, forged: CsrfFailed | None) -> Grant:
    if claims.key_revoked:
        _check_closely(claims)
    if claims.expired:
        raise sessions.expired_or_ended(claims.session_id)
    if forged:
        sessions.replayable(claims.session_id, claims.token_id)
        raise forged
    ring().active()  # before the token is spent: without it there would be no answer
    return sessions.rotate(claims.session_id, claims.token_id)


def _check_closely(claims: Claims) -> None:
    """Take a token under a revoked key only if the session itself knows it: a thief can forge the rest.

    So nobody can trip reuse detection, and log the owner out, with a leaked key and a `sid` from an access token.
    """
    if claims.expired or not sessions.is_replayable(claims.session_id, claims.token_id):
        raise RefreshWithdrawn


def _forgery_or_none(presented: Presented, claims: Claims) -> CsrfFailed | None:
    if not presented.by_cookie:
        return None
    try:
        forgery.check_origin()
        forgery.check_token({claims.csrf or ""})
    except CsrfFailed as forged:
        return forged
    return None


def _may_be_renewed(dead: Exception) -> bool:
    """Whether another request may just have renewed the cookie: an authentic token, expired or under a lost key."""
    expired = isinstance(dead, SessionEnded) and dead.members["reason"] == Reason.EXPIRED
    return expired or isinstance(dead, RefreshWithdrawn)
