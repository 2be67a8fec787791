"""Proving by password that an account is one's own, while signed in."""

from uuid import UUID

from app.users import passwords
from app.users import service as users
from app.users.problems import InvalidPassword
from app.users.service import Login


def prove(user_id: UUID, password: str, *, session_id: UUID) -> Login:
    """What the password was checked against; no transaction is open meanwhile.

    Raises:
        InvalidPassword: it is not the user's password.
    """
    del session_id
    login = users.login_of_or_none(user_id)
    if login is None or not passwords.matches(password, login.password_hash):
        raise InvalidPassword
    return login
