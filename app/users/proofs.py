"""Proving one's password again, inside a session."""

from uuid import UUID

from app.users import guessing, hashing, passwords
from app.users import service as users
from app.users.problems import InvalidPassword
from app.users.service import Login


def prove(user_id: UUID, password: str, *, session_id: UUID) -> Login:
    """The account, if this is its password; outside any transaction. Each session has a budget of attempts.

    Raises:
        TooManyPasswords: no more can be hashed now; nothing was counted.
        RateLimited: it was tried too often in this session.
        InvalidPassword: it is not the account's password.
    """
    with hashing.place():
        guessing.count_proof(session_id)
        login = users.login_of_or_none(user_id)
        if login is None or not passwords.matches(password, login.password_hash):
            raise InvalidPassword
    return login
