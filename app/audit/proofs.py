"""Proving by password that an account is one's own, told where it fails."""

from app.access.callers import Caller
from app.audit import service as audit
from app.audit.models import Action
from app.users import proofs
from app.users.problems import InvalidPassword
from app.users.service import Login


def prove(who: Caller, password: str) -> Login:
    """What the password was checked against; no transaction is open meanwhile.

    Raises:
        InvalidPassword: it is not the caller's password.
    """
    try:
        return proofs.prove(who.user_id, password, session_id=who.session_id)
    except InvalidPassword:
        audit.record(Action.PROOF_FAILED, subject_id=who.user_id)
        raise
