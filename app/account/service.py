"""What owners do to their own account, each time proving that it is theirs."""

from datetime import datetime
from uuid import UUID

from app.access.callers import Caller
from app.audit import service as audit
from app.audit.models import Action
from app.audit.proofs import prove
from app.mails import service as mails
from app.mails.models import Occasion
from app.recovery import service as recovery
from app.recovery import tokens
from app.recovery.models import Purpose
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.users import changes, hashing, networks, passwords, pending, strength
from app.users import service as users
from app.users.problems import InvalidPassword, NoSuchUser
from app.users.roles import Role


def change_password(who: Caller, current: str, new: str, *, network: str) -> None:
    """Give the account another password; all sessions but this one end, and only this network is known from now on.

    Raises:
        InvalidPassword: the current password is wrong, or was changed meanwhile.
        ValidationFailed: a password that is too easily guessed.
    """
    with hashing.place():
        checked = prove(who, current)
        strength.check(new, own_words=[who.profile.email, who.profile.name], pointer="/new_password")
        password_hash = passwords.hashed(new)
    if not changes.set_password(who.user_id, password_hash, instead_of=checked.password_changed_at):
        audit.record(Action.PROOF_FAILED, subject_id=who.user_id)
        raise InvalidPassword
    _password_changed(who.user_id, keep=who.session_id)
    networks.remember(who.user_id, network)


def replace_password(user_id: UUID, password: str) -> None:
    """Give the account another password on behalf of its owner, who is told; all sessions end.

    Raises:
        ValidationFailed: a password that is too easily guessed.
    """
    strength.check(password, own_words=users.own_words(user_id))
    password_hash = passwords.hashed(password)
    changes.set_password(user_id, password_hash)
    _password_changed(user_id)


def _password_changed(user_id: UUID, *, keep: UUID | None = None) -> None:
    user = changes.lock_or_none(user_id)
    if user is None:
        raise NoSuchUser
    audit.record(Action.PASSWORD_CHANGED, subject_id=user_id)
    sessions.end_all(user_id, Reason.PASSWORD_CHANGED, keep=keep)
    tokens.void(user_id, Purpose.RESET, Purpose.MOVE)
    networks.forget(user_id)
    mails.queue(Occasion.PASSWORD_CHANGED, user_id=user_id, address=user.email)


def ask_to_move(who: Caller, address: str, password: str) -> None:
    """Have the new address asked and the old one told; whether the new one is known shows nowhere.

    Raises:
        InvalidPassword: it is not the account's password, or was changed meanwhile.
        ValidationFailed: it is no address.
        RateLimited: too many tries in this session, or mails to that mailbox.
    """
    recovery.check_address(address)
    checked = prove(who, password)
    recovery.ask_to_move(who.user_id, address, proven=checked.password_changed_at)


def close(who: Caller, password: str) -> None:
    """Delete the account and everything that belongs to it; all its sessions end.

    Raises:
        InvalidPassword: it is not the account's password, or was changed meanwhile.
        LastAdmin: nobody would be left to look after the others.
    """
    checked = prove(who, password)
    remove(who.user_id, proven=checked.password_changed_at)


def remove(user_id: UUID, *, proven: datetime | None = None) -> None:
    """Delete the account and everything that belongs to it; all its sessions end. What happened to it stays told.

    Raises:
        InvalidPassword: the password that was proven has been changed since, or the account is gone.
        NoSuchUser: the account is gone, and no password was asked.
        LastAdmin: nobody would be left to look after the others.
    """
    changes.keep_an_admin(user_id)
    user = changes.lock_or_none(user_id)  # before anything else is deleted, as everybody does: else it could deadlock
    if proven is not None and (user is None or user.password_changed_at != proven):
        raise InvalidPassword
    if user is None:
        raise NoSuchUser
    sessions.end_all(user_id, Reason.ACCOUNT_DELETED)
    pending.discard(user.email_key)
    mails.discard(user.email_key)
    changes.remove(user_id)
    audit.record(Action.USER_DELETED, subject_id=user_id)


def disable(user_id: UUID) -> None:
    """Shut the account: all its sessions end, and no mailed token of it counts.

    Raises:
        LastAdmin: nobody would be left to look after the others.
    """
    changes.keep_an_admin(user_id)
    if changes.disable(user_id):
        audit.record(Action.USER_DISABLED, subject_id=user_id)
        sessions.end_all(user_id, Reason.ACCOUNT_DISABLED)
        recovery.void_all(user_id)


def enable(user_id: UUID) -> None:
    """Open the account again. What ended stays ended."""
    if changes.enable(user_id):
        audit.record(Action.USER_ENABLED, subject_id=user_id)


def rename(user_id: UUID, name: str | None) -> None:
    """Give the account another name, or none; having it already is fine."""
    if users.rename(user_id, name):
        audit.record(Action.USER_RENAMED, subject_id=user_id)


def grant(user_id: UUID, role: str) -> None:
    """Give the account a role; having it already is fine."""
    if users.grant(user_id, role):
        audit.record(Action.ROLE_GRANTED, subject_id=user_id, role=str(role))


def revoke(user_id: UUID, role: str) -> None:
    """Take a role from the account; not having it is fine.

    Raises:
        LastAdmin: nobody would be left to look after the others.
    """
    if role == Role.ADMIN:
        changes.keep_an_admin(user_id)
    if users.revoke(user_id, role):
        audit.record(Action.ROLE_REVOKED, subject_id=user_id, role=str(role))
