"""How a door can stay shut."""

from http import HTTPStatus

from app.kit.errors import Problem


class InvalidCredentials(Problem):
    """The e-mail address or the password is wrong."""

    status = HTTPStatus.UNAUTHORIZED
    stands = True


class AccountDisabled(Problem):
    """This account is disabled."""

    status = HTTPStatus.FORBIDDEN
    stands = True


class RegistrationClosed(Problem):
    """New accounts are made by the people who run this service."""

    status = HTTPStatus.FORBIDDEN


class EmailUnverified(Problem):
    """Confirm your address first: follow the link that was mailed to it."""

    status = HTTPStatus.FORBIDDEN
    stands = True
