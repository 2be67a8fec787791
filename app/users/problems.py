"""How an account can be refused."""

from http import HTTPStatus

from app.kit.errors import Problem
from app.kit.problems import NotFound, Unavailable


class EmailTaken(Problem):
    """There is an account with this e-mail address already."""

    status = HTTPStatus.CONFLICT


class InvalidPassword(Problem):
    """The current password is wrong."""

    status = HTTPStatus.FORBIDDEN
    stands = True


class TooManyPasswords(Unavailable):
    """Too many passwords are being checked at this moment."""


class NoSuchUser(NotFound):
    """There is no such account."""


class LastAdmin(Problem):
    """This is the last admin: make somebody else one first."""

    status = HTTPStatus.CONFLICT
