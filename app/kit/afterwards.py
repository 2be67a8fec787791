"""What is done once the request's transaction has been kept, and never if it is forgotten."""

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session as AnySession

from app.kit.database import Session, db

PROMISED = "latchkey-afterwards"


def once_kept(do: Callable[[], None]) -> None:
    """Do this when this transaction has been committed. It must not fail, nor touch the database."""
    if not db.session().in_transaction():
        db.session.begin()  # without one its end would not be noticed
    db.session.info.setdefault(PROMISED, []).append(do)


@event.listens_for(Session, "after_commit")
def _keep_promises(session: AnySession) -> None:
    for do in session.info.pop(PROMISED, ()):
        do()


@event.listens_for(Session, "after_soft_rollback")
def _forget_promises(session: AnySession, _previous: object) -> None:
    session.info.pop(PROMISED, None)
