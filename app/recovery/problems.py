"""How a mailed token can be refused."""

from http import HTTPStatus

from app.kit.errors import Problem


class TokenUnusable(Problem):
    """This link was used, has expired, or is not one of ours: ask for a new one."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
