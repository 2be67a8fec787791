"""How a caller is refused."""

from http import HTTPStatus

from app.kit.errors import Action, Problem


class CredentialsMissing(Problem):
    """This route needs a credential, and none was sent."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.REFRESH


class TokenExpired(Problem):
    """The access token has expired."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.REFRESH
    token_sent = True


class TokenInvalid(Problem):
    """The access token is not one of ours, or not in order."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.REFRESH
    token_sent = True


class SessionEnded(Problem):
    """The session has ended; `reason` says why."""

    status = HTTPStatus.UNAUTHORIZED
    action = Action.LOGIN
    token_sent = True


class PermissionDenied(Problem):
    """You may not do this."""

    status = HTTPStatus.FORBIDDEN


class CsrfFailed(Problem):
    """The request may have been forged by another site."""

    status = HTTPStatus.FORBIDDEN
    action = Action.RETRY


class FreshLoginRequired(Problem):
    """Prove your password again (POST /api/v1/auth/step-up), then repeat."""

    status = HTTPStatus.FORBIDDEN
    action = Action.STEP_UP
