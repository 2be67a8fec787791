"""What owners do to their own account, each time proving that it is theirs."""

from app.access.callers import Caller
from app.mails import service as mails
from app.mails.models import Occasion
from app.recovery import service as recovery
from app.recovery import tokens
from app.recovery.models import Purpose
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.users import changes, passwords, pending, strength
from app.users.problems import InvalidPassword
from app.users.proofs import prove


def change_password(who: Caller, current: str, new: str) -> None:
    """Give the account another password; all sessions but this one end.

    Raises:
        InvalidPassword: the current password is wrong, or was changed meanwhile.
        ValidationFailed: a password that is too easily guessed.
    """
    checked = prove(who.user_id, current, session_id=who.session_id)
    strength.check(new, own_words=[who.profile.email, who.profile.name], pointer="/new_password")
    password_hash = passwords.hashed(new)
    if not changes.set_password(who.user_id, password_hash, instead_of=checked.password_changed_at):
        raise InvalidPassword
    sessions.end_all(who.user_id, Reason.PASSWORD_CHANGED, keep=who.session_id)
    tokens.void(who.user_id, Purpose.RESET, Purpose.MOVE)
    mails.queue(Occasion.PASSWORD_CHANGED, user_id=who.user_id, address=who.profile.email)


def ask_to_move(who: Caller, address: str, password: str) -> None:
    """Have the new address asked and the old one told; whether the new one is known shows nowhere.

    Raises:
        InvalidPassword: it is not the account's password, or was changed meanwhile.
        ValidationFailed: it is no address.
        RateLimited: too many tries in this session, or mails to that mailbox.
    """
    recovery.check_address(address)
    checked = prove(who.user_id, password, session_id=who.session_id)
    recovery.ask_to_move(who.user_id, address, proven=checked.password_changed_at)


def close(who: Caller, password: str) -> None:
    """Delete the account and everything that belongs to it; all its sessions end.

    Raises:
        InvalidPassword: it is not the account's password, or was changed meanwhile.
        LastAdmin: nobody would be left to look after the others.
    """
    checked = prove(who.user_id, password, session_id=who.session_id)
    changes.keep_an_admin(who.user_id)
    user = changes.lock_or_none(who.user_id)  # first, as everybody does: else it deadlocks with a reset
    if user is None or user.password_changed_at != checked.password_changed_at:
        raise InvalidPassword
    sessions.end_all(who.user_id, Reason.ACCOUNT_DELETED)
    pending.discard(user.email_key)
    changes.remove(who.user_id)
