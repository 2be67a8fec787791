"""How a session can be over."""

from http import HTTPStatus

from app.kit.errors import Action, Problem
from app.kit.problems import NotFound


class SessionNotFound(NotFound):
    """There is no such session, or it is not yours."""


class RefreshInvalid(Problem):
    """The refresh token is missing or not one of ours."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.LOGIN
    token_sent = True


class RefreshMissing(RefreshInvalid):
    """No refresh token was sent."""

    token_sent = False


class RefreshWithdrawn(RefreshInvalid):
    """The key that signed this refresh token does not count any more."""


class RefreshReused(Problem):
    """A spent refresh token came back, so its session was ended: it may be in two hands."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.LOGIN
    token_sent = True
    stands = True
