"""Proving who somebody is by password. No transaction is open while a hash is computed."""

from uuid import UUID

from app.auth.problems import AccountDisabled, EmailUnverified, InvalidCredentials
from app.keys import service as keys
from app.kit.proxies import network_of
from app.kit.settings import settings
from app.sessions import service as sessions
from app.sessions.service import Device, Grant
from app.users import guessing, networks, passwords, proofs
from app.users import service as users
from app.users.service import Login


def log_in(email: str, password: str, *, by_cookie: bool, device: Device) -> Grant:
    """Begin a session for whoever knows the password. An unknown account costs the same time.

    Raises:
        RateLimited: too many tried this account.
        InvalidCredentials: unknown account or wrong password, also one that was changed meanwhile.
        AccountDisabled: right password, but the account is disabled.
        EmailUnverified: right password, but the address is not verified, and must be.
    """
    keys.ready()
    network = network_of(device.ip)
    login = _recognised(email, password, network)
    if passwords.needs_rehash(login.password_hash, rounds=settings().bcrypt_rounds):
        users.rehash(login, password)
    grant = sessions.start_or_none(
        login.user_id,
        password_changed_at=login.password_changed_at,
        by_cookie=by_cookie,
        device=device,
    )
    if grant is None:
        raise InvalidCredentials
    networks.remember(login.user_id, network)
    return grant


def _recognised(email: str, password: str, network: str) -> Login:
    login = users.login_or_none(email, network=network)
    guessing.count(email, network=network, at_home=login is not None and login.at_home)
    if login is None:
        passwords.matches_nobody(password, rounds=settings().bcrypt_rounds)
        raise InvalidCredentials
    if not passwords.matches(password, login.password_hash):
        raise InvalidCredentials
    _check_open(login)
    return login


def _check_open(login: Login) -> None:
    """Tell whoever knows the password why the account does not open."""
    if login.disabled:
        raise AccountDisabled
    if settings().registration == "verified" and not login.email_verified:
        raise EmailUnverified


def prove(user_id: UUID, session_id: UUID, password: str) -> Grant:
    """Note in the session that the password was proven just now.

    Raises:
        RateLimited: it was tried too often in this session.
        InvalidPassword: it is not the user's password.
        SessionEnded: the session ended meanwhile.
    """
    keys.ready()
    proofs.prove(user_id, password, session_id=session_id)
    return sessions.prove(session_id)
