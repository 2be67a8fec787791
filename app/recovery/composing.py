"""What a queued mail says when it is sent: only here it shows whether an address has an account."""

from collections.abc import Callable
from email.message import EmailMessage

import sqlalchemy as sa

from app.kit.database import db, transaction
from app.mails import letters
from app.mails import service as mails
from app.mails.letters import Wording
from app.mails.models import Mail, Occasion
from app.recovery import tokens
from app.recovery.models import Purpose
from app.users import addresses, changes, pending
from app.users.models import User

MOST_APPLICANTS = 5


def compose(mail: Mail) -> list[EmailMessage]:
    """The mail as it is true now, its token made and kept as a digest; none if there is nothing to say any more."""
    with transaction():
        return WRITERS[Occasion(mail.occasion)](mail)


def _registered(mail: Mail) -> list[EmailMessage]:
    user = _user_or_none(mail)
    if user is None or user.email_verified_at is not None:
        return []
    token = tokens.issue(Purpose.VERIFY, email=user.email, user_id=user.id)
    return _letter(letters.VERIFY, mail, to=user.email, token=token)


def _applied(mail: Mail) -> list[EmailMessage]:
    applicant = mail.pending_id and pending.find_or_none(mail.pending_id)
    if not applicant:
        return []
    owner = _owner_or_none(applicant.email)
    if owner is not None:
        mails.queue(Occasion.KNOWN, user_id=owner.id)  # this mail goes with the applicant
        db.session.delete(applicant)
        return []
    token = tokens.issue(Purpose.VERIFY, email=applicant.email, pending_id=applicant.id)
    return _letter(letters.VERIFY, mail, to=applicant.email, token=token)


def _asked_again(mail: Mail) -> list[EmailMessage]:
    owner = _owner_or_none(str(mail.address))
    if owner is not None:
        mails.queue(Occasion.REGISTERED, user_id=owner.id)
        return []
    for each in pending.waiting_for(addresses.key(str(mail.address)), at_most=MOST_APPLICANTS):
        mails.queue(Occasion.APPLIED, pending_id=each)
    return []


def _forgot(mail: Mail) -> list[EmailMessage]:
    owner = _owner_or_none(str(mail.address))
    if owner is None or owner.disabled_at is not None:
        return []
    token = tokens.issue(Purpose.RESET, email=owner.email, user_id=owner.id)
    return _letter(letters.RESET, mail, to=owner.email, token=token)


def _moving(mail: Mail) -> list[EmailMessage]:
    address = str(mail.address)
    user = changes.lock_or_none(mail.user_id) if mail.user_id else None
    if user is None or user.password_changed_at > mail.created_at:
        return []  # the password that proved it is no longer the account's
    owner = _owner_or_none(address)
    if owner is not None and owner.id != user.id:
        return _letter(letters.KNOWN, mail, to=owner.email)
    token = tokens.issue(Purpose.MOVE, email=address, user_id=user.id)
    return _letter(letters.MOVE, mail, to=address, token=token)


def _notice(wording: Wording) -> Callable[[Mail], list[EmailMessage]]:
    """To the address that the account had when it happened, not to one that a thief gave it since."""

    def write(mail: Mail) -> list[EmailMessage]:
        user = _user_or_none(mail)
        return [] if user is None else _letter(wording, mail, to=mail.address or user.email)

    return write


def _letter(wording: Wording, mail: Mail, *, to: str, token: str = "") -> list[EmailMessage]:
    to = addresses.deliverable(to)
    return [letters.write(wording, to=to, about=mail.created_at, name=mail.id, token=token)]


def _user_or_none(mail: Mail) -> User | None:
    return db.session.get(User, mail.user_id) if mail.user_id else None


def _owner_or_none(address: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email_key == addresses.key(address)))


WRITERS: dict[Occasion, Callable[[Mail], list[EmailMessage]]] = {
    Occasion.REGISTERED: _registered,
    Occasion.APPLIED: _applied,
    Occasion.KNOWN: _notice(letters.KNOWN),
    Occasion.ASKED_AGAIN: _asked_again,
    Occasion.FORGOT: _forgot,
    Occasion.MOVING: _moving,
    Occasion.MOVING_AWAY: _notice(letters.MOVING_AWAY),
    Occasion.PASSWORD_CHANGED: _notice(letters.PASSWORD_CHANGED),
    Occasion.PASSWORD_RESET: _notice(letters.PASSWORD_RESET),
}
