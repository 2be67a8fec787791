"""Proving who somebody is by password. No transaction is open while a hash is computed."""

from uuid import UUID

from app.access.callers import Caller
from app.audit import proofs
from app.audit import service as audit
from app.audit.models import Action
from app.auth.problems import AccountDisabled, EmailUnverified, InvalidCredentials
from app.keys import service as keys
from app.kit.errors import Problem
from app.kit.proxies import network_of
from app.kit.settings import settings
from app.sessions import service as sessions
from app.sessions.grants import Grant
from app.sessions.service import Device
from app.users import guessing, networks, passwords
from app.users import service as users
from app.users.service import Login


def log_in(email: str, password: str, *, by_cookie: bool, device: Device) -> Grant:
    """Begin a session for whoever knows the password. An unknown account costs the same time and statements.

    Raises:
        TooManyPasswords: no more can be hashed now.
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
        raise _failed(InvalidCredentials, login.user_id)
    networks.remember(login.user_id, network)
    return grant


def _recognised(email: str, password: str, network: str) -> Login:
    login = users.login_or_none(email, network=network)
    guessing.count(email, network=network, at_home=login is not None and login.at_home)
    if login is None:
        passwords.matches_nobody(password, rounds=settings().bcrypt_rounds)
        raise _failed(InvalidCredentials, None)
    if not passwords.matches(password, login.password_hash):
        raise _failed(InvalidCredentials, login.user_id)
    _check_open(login)
    return login


def _check_open(login: Login) -> None:
    """Tell whoever knows the password why the account does not open."""
    if login.disabled:
        raise _failed(AccountDisabled, login.user_id)
    if settings().registration == "verified" and not login.email_verified:
        raise _failed(EmailUnverified, login.user_id)


def _failed(refusal: type[Problem], user_id: UUID | None) -> Problem:
    """The refusal, which stands, once it is told."""
    audit.record(Action.LOGIN_FAILED, subject_id=user_id, code=refusal.code)
    return refusal()


def prove(who: Caller, password: str) -> Grant:
    """Note in the session that the password was proven just now.

    Raises:
        RateLimited: it was tried too often in this session.
        InvalidPassword: it is not the user's password.
        SessionEnded: the session ended meanwhile.
    """
    keys.ready()
    proofs.prove(who, password)
    return sessions.prove(who.session_id)
