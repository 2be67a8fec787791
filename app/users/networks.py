"""Networks that an account is known to sign in from: there it has a budget of its own (`app.users.guessing`)."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from app.kit import clock, pruning
from app.kit.database import among, db, inserting, writer
from app.kit.prepared import Prepared
from app.users.models import KnownNetwork

MEMORY = timedelta(days=30)


def _remembering(dialect: str) -> Any:
    insert = inserting(dialect, KnownNetwork)
    return insert.on_conflict_do_update(
        index_elements=[KnownNetwork.user_id, KnownNetwork.network], set_={"seen_at": insert.excluded.seen_at}
    )


_REMEMBER = Prepared(_remembering)


def remember(user_id: UUID, network: str) -> None:
    """Know the account at this network for the next 30 days: it signed in, or proved its mailbox, from there."""
    _REMEMBER.on(writer(), user_id=user_id, network=network, seen_at=clock.now())
    if batch := pruning.due("known_networks"):
        prune(batch)


def forget(user_id: UUID) -> None:
    """Know the account nowhere any more: whoever had its password was at home there."""
    db.session.execute(sa.delete(KnownNetwork).where(KnownNetwork.user_id == user_id))


def is_known(user_id: sa.ColumnElement[UUID]) -> sa.Exists:
    """Whether the account is known at a network, for a statement that knows the account and is given `asked`."""
    network = sa.bindparam("network", type_=KnownNetwork.network.type)
    since = sa.bindparam("since", type_=KnownNetwork.seen_at.type)
    return sa.exists().where(
        KnownNetwork.user_id == user_id, KnownNetwork.network == network, KnownNetwork.seen_at > since
    )


def asked(network: str) -> dict[str, Any]:
    """The values with which `is_known` asks about this network."""
    return {"network": network, "since": clock.now() - MEMORY}


def prune(batch: int) -> int:
    """Forget up to `batch` networks of whoever did not sign in there for 30 days; say how many went."""
    key = (KnownNetwork.user_id, KnownNetwork.network)
    some = among(*key, until=KnownNetwork.seen_at, by=clock.now() - MEMORY, batch=batch)
    gone = db.session.execute(sa.delete(KnownNetwork).where(some), execution_options={"synchronize_session": False})
    return cast("sa.CursorResult[Any]", gone).rowcount
