"""PostgreSQL's own: no statement waits for ever, not even for a server that has fallen silent.

`statement_timeout` is the server's promise; this is ours, for a server that is stopped or behind a dead proxy.
Loaded only where PostgreSQL is used, since its driver is an extra.
"""

from time import monotonic
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

SILENCE_SECONDS = 4.5  # after the server's own limit, and within the contract's 5 s

RV = TypeVar("RV")


class Connection(psycopg.Connection[Any]):
    """A connection that gives up, and closes itself, when an answer takes longer than `SILENCE_SECONDS`."""

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        """What the server answers.

        Raises:
            OperationalError: it said nothing in time.
        """
        return super().wait(self._impatiently(gen), *args, **options)

    def _impatiently(self, steps: PQGen[RV]) -> PQGen[RV]:
        latest, ready = monotonic() + SILENCE_SECONDS, None
        while True:
            try:
                wanted = steps.send(ready)  # type: ignore[arg-type]  # None begins a generator
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # it is RV
            ready = yield wanted
            if not ready and monotonic() > latest:
                self.close()  # so that the pool learns of it
                raise psycopg.OperationalError("The server has fallen silent.")


def init_app(engine: sa.Engine) -> None:
    """Connect the engine in this way."""
    sa.event.listen(engine, "do_connect", _connect)


def _connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> Connection:
    return Connection.connect(*arguments, **options)


def is_open(connection: Connection) -> bool:
    """Whether a transaction is open there: the driver knows, where `rollback` would wait for its turn to ask."""
    return connection.pgconn.transaction_status != TransactionStatus.IDLE
