"""What a mailed token does: prove an address, move an account to another one, reset a password.

Whoever asks for a mail learns nothing: what is queued, and how long it takes, is the same for every address.
"""

from datetime import datetime
from uuid import UUID

from app.audit import service as audit
from app.audit.models import Action
from app.kit import limits
from app.kit.limits import Limit
from app.kit.problems import ValidationFailed
from app.mails import service as mails
from app.mails.models import Occasion
from app.recovery import tokens
from app.recovery.models import Purpose
from app.recovery.problems import TokenUnusable
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.users import addresses, changes, hashing, networks, passwords, pending, strength
from app.users import service as users
from app.users.models import User
from app.users.problems import InvalidPassword
from app.users.roles import Role


def check_address(address: str) -> None:
    """Take what is an address.

    Raises:
        ValidationFailed: it is none.
    """
    try:
        addresses.key(address)
    except addresses.BadAddress as bad:
        raise ValidationFailed(members={"errors": [{"pointer": "/email", "detail": str(bad)}]}) from None


def register(email: str, password: str, *, name: str | None) -> UUID:
    """Open an account, and ask its address to prove itself.

    Raises:
        ValidationFailed, EmailTaken: as `users.add`.
    """
    user_id = users.add(email, password, name=name, roles=[Role.USER], verified=False)
    audit.record(Action.USER_REGISTERED, subject_id=user_id, actor_id=user_id, roles=[Role.USER])
    mails.queue(Occasion.REGISTERED, user_id=user_id)
    return user_id


def apply(email: str, password: str, *, name: str | None) -> None:
    """Note that somebody wants an account, which begins when the address proves itself.

    Raises:
        ValidationFailed: as `users.add`. That the mailbox is known is told to its owner only.
        RateLimited: the mailbox was sent enough.
    """
    fields = users.checked(email, password, name)
    _count_mail(fields["email_key"], Occasion.APPLIED)
    pending_id = pending.apply(fields)
    mails.queue(Occasion.APPLIED, pending_id=pending_id)


def ask(occasion: Occasion, address: str) -> None:
    """Have a link sent to the address: to reset its password if it has an account, to verify it if it waits for that.

    Raises:
        ValidationFailed: it is no address.
        RateLimited: the mailbox was sent enough.
    """
    check_address(address)
    mailbox = addresses.key(address)
    _count_mail(mailbox, occasion)
    if occasion is Occasion.FORGOT:
        audit.record(Action.PASSWORD_RESET_ASKED, subject_id=users.id_or_none(address))
    mails.queue(occasion, address=mailbox)


def ask_to_move(user_id: UUID, address: str, *, proven: datetime) -> None:
    """Have the new address asked and the old one told; `proven` is the `password_changed_at` of the proof.

    Raises:
        InvalidPassword: the password was changed meanwhile.
        RateLimited: the mailbox was sent enough.
    """
    _count_mail(addresses.key(address), Occasion.MOVING)
    user = changes.lock_or_none(user_id)
    if user is None or user.password_changed_at != proven:
        raise InvalidPassword
    audit.record(Action.EMAIL_CHANGE_ASKED, subject_id=user_id)
    mails.queue(Occasion.MOVING, user_id=user_id, address=address)
    mails.queue(Occasion.MOVING_AWAY, user_id=user_id, address=user.email)


def verify(token: str) -> None:
    """Believe that an address belongs to whoever read the mail: a new account's, or one to move to.

    Raises:
        TokenUnusable: used, expired, or not for this.
        EmailTaken: the mailbox got an account meanwhile.
    """
    mailed = tokens.look_at(token, Purpose.VERIFY, Purpose.MOVE)
    if mailed.pending_id is not None:
        _admit(token, mailed.pending_id)
        return
    user = _owner(mailed)
    tokens.redeem(token, mailed.purpose)
    if mailed.purpose is Purpose.MOVE:
        changes.move(user.id, mailed.email)
        void_all(user.id)
        audit.record(Action.EMAIL_CHANGED, subject_id=user.id, actor_id=user.id)
    elif changes.verify_address(user.id, addresses.key(mailed.email)):
        audit.record(Action.USER_VERIFIED, subject_id=user.id, actor_id=user.id)
    else:
        raise TokenUnusable


def reset(token: str, password: str, *, network: str) -> None:
    """Give the account a new password and end all its sessions; whoever asked to move it had the old one.

    Whoever read the mail also owns the address, and is no stranger where he came from.

    Raises:
        TokenUnusable: used, expired, or not for this.
        ValidationFailed: a password that is too easily guessed; the token can still be used.
    """
    mailed = tokens.look_at(token, Purpose.RESET)
    with hashing.place():
        strength.check(password, own_words=users.own_words(mailed.user_id))
        password_hash = passwords.hashed(password)
    user = _owner(mailed)
    tokens.redeem(token, Purpose.RESET)
    key = addresses.key(mailed.email)
    changes.set_password(user.id, password_hash)
    if not changes.verify_address(user.id, key):
        raise TokenUnusable  # it went to an address that is no longer the account's
    networks.forget(user.id)
    networks.remember(user.id, network)
    pending.discard(key)
    tokens.void(user.id, Purpose.RESET, Purpose.MOVE)
    audit.record(Action.PASSWORD_RESET, subject_id=user.id, actor_id=user.id)
    sessions.end_all(user.id, Reason.PASSWORD_RESET, actor_id=user.id)
    mails.queue(Occasion.PASSWORD_RESET, user_id=user.id, address=mailed.email)


def _count_mail(mailbox: str, occasion: Occasion) -> None:
    """Count a mail to that mailbox, each occasion for itself: no other mail keeps anybody from a reset link."""
    limits.count(Limit.MAIL, account=mailbox, occasion=str(occasion))


def void_all(user_id: UUID) -> None:
    """Let no mailed token of the account count any more."""
    tokens.void(user_id, *Purpose)


def _admit(token: str, pending_id: UUID) -> None:
    pending.lock(pending_id)
    tokens.redeem(token, Purpose.VERIFY)
    applicant = pending.find_or_none(pending_id)
    if applicant is None:
        raise TokenUnusable
    user_id = pending.admit(applicant)
    audit.record(Action.USER_REGISTERED, subject_id=user_id, actor_id=user_id, roles=[Role.USER])
    audit.record(Action.USER_VERIFIED, subject_id=user_id, actor_id=user_id)


def _owner(mailed: tokens.Mailed) -> User:
    """The account, locked before its token is spent: who spends two tokens of one account must wait, not deadlock."""
    user = changes.lock_or_none(mailed.user_id) if mailed.user_id else None
    if user is None or user.disabled_at is not None:
        raise TokenUnusable
    return user
