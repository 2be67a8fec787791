"""PostgreSQL's own: no statement waits for ever, not even for a server that has fallen silent.

`statement_timeout` is the server's promise; this is ours, for a server that is stopped or behind a dead proxy. As long
as it is silent one at a time asks, and the others are refused at once: else each would keep a thread for seconds.
Loaded only where PostgreSQL is used, since its driver is an extra.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

SILENCE_SECONDS = 4.5  # after the server's own limit, and within the contract's 5 s
STALE_PLAN = "RevalidateCachedQuery"  # the server's function that says so; its sentence is in its own language

RV = TypeVar("RV")


class Silence:
    """Whether a server has fallen silent, and who asks it meanwhile."""

    def __init__(self) -> None:
        """Begin with one that speaks."""
        self.fallen = False
        self._asking = Lock()

    def begins(self) -> None:
        """Nothing was heard in time."""
        self.fallen = True

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Ask; whoever hears something ends the silence.

        Raises:
            OperationalError: the server is silent, and somebody else asks already.
        """
        if not self.fallen:
            yield
            return
        if not self._asking.acquire(blocking=False):
            raise psycopg.OperationalError("The server is silent.")
        try:
            yield
            self.fallen = False
        finally:
            self._asking.release()


class Connection(psycopg.Connection[Any]):
    """A connection that gives up, and closes itself, when an answer takes longer than `SILENCE_SECONDS`."""

    silence = Silence()  # of a server that nobody has asked; each engine's own follows

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        """What the server answers.

        Raises:
            OperationalError: it said nothing in time.
        """
        if not self.silence.fallen:
            return super().wait(self._impatiently(gen), *args, **options)
        with self.silence.asked():
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
                self.silence.begins()
                self.close()  # so that the pool learns of it
                raise psycopg.OperationalError("The server has fallen silent.")


def init_app(engine: sa.Engine) -> None:
    """Connect the engine in this way, and let it give up what serves for nothing any more."""
    sa.event.listen(engine, "do_connect", partial(_connect, Silence()))
    is_cut = engine.dialect.is_disconnect

    def is_disconnect(error: Any, connection: Any, cursor: Any) -> bool:
        return is_cut(error, connection, cursor) or _is_useless(error)

    engine.dialect.is_disconnect = is_disconnect  # type: ignore[method-assign, assignment]  # no event covers `Prepared` too


def _is_useless(error: Exception) -> bool:
    """Whether the connection would go on failing, and a new one might not.

    What it had prepared is stale (a migration changed a column's type) or gone (a pooler), or it does not take writes:
    of a server that was demoted, or of a time when the disk was full.
    """
    if isinstance(error, psycopg.errors.FeatureNotSupported):
        return error.diag.source_function == STALE_PLAN
    return isinstance(error, psycopg.errors.InvalidSqlStatementName | psycopg.errors.ReadOnlySqlTransaction)


def _connect(
    silence: Silence, _dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]
) -> Connection:
    try:
        with silence.asked():
            connection = Connection.connect(*arguments, **options)
    except psycopg.errors.ConnectionTimeout:
        silence.begins()
        raise
    connection.silence = silence
    return connection


def is_open(connection: Connection) -> bool:
    """Whether a transaction is open there: the driver knows, where `rollback` would wait for its turn to ask."""
    return connection.pgconn.transaction_status != TransactionStatus.IDLE
