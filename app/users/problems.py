"""How an account can be refused."""

from http import HTTPStatus

from app.kit.errors import Problem


class EmailTaken(Problem):
    """There is an account with this e-mail address already."""

    status = HTTPStatus.CONFLICT


class InvalidPassword(Problem):
    """The current password is wrong."""

    status = HTTPStatus.FORBIDDEN


class NoSuchUser(Exception):
    """There is no account with this address."""
