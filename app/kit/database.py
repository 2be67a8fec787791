"""The one door to the database: the shape of a table, one transaction a request, reads outside it.

A request that may change something works in `db.session`, one transaction that opens at its first statement and is
settled in one place (`transaction`). GET and HEAD read through the same `db.session`, but on AUTOCOMMIT: no BEGIN, no
ROLLBACK, no write. Before the transaction opens, one statement may stand on AUTOCOMMIT: `read` for what must be known,
`alone` for a write that is a transaction of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    MappedAsDataclass,
    mapped_column,
)
from uuid6 import uuid7

from app.kit import clock
from app.kit.connections import engine_options, init_engine, reading, take_turn
from app.kit.errors import Problem
from app.kit.moments import UtcTime
from config import Config

Written = sa.CursorResult[*tuple[Any, ...]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READER = "latchkey-reader"
SNAPSHOT = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}


class Model(MappedAsDataclass, DeclarativeBase):
    """What every table is made from."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, UUID: sa.Uuid}


class Record(Model):
    """A row with a time-ordered id and the moment of its birth."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, init=False, default_factory=uuid7)
    created_at: Mapped[datetime] = mapped_column(init=False, default_factory=clock.now)


class WriteWhileReading(RuntimeError):
    """A GET or HEAD tried to write."""


class WrittenTooLate(RuntimeError):
    """What stands by itself was to be written while the request's transaction is open."""


class Session(FlaskSession):
    """`db.session`: the request's one transaction, or AUTOCOMMIT where the request may only read."""

    def get_bind(
        self,
        mapper: Any | None = None,
        clause: Any | None = None,
        bind: sa.Engine | sa.Connection | None = None,
        **kwargs: Any,
    ) -> sa.Engine | sa.Connection:
        """The engine for this request.

        Raises:
            WriteWhileReading: a flush, INSERT, UPDATE or DELETE under GET or HEAD.
        """
        if not _only_reads():
            return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)
        if self._flushing or isinstance(clause, sa.UpdateBase):
            raise WriteWhileReading
        return reader()


db = SQLAlchemy(
    metadata=Model.metadata,
    session_options={"class_": Session, "expire_on_commit": False},
)


def _only_reads() -> bool:
    return has_request_context() and request.method in SAFE_METHODS


def reader() -> sa.Engine:
    """The engine's AUTOCOMMIT face: the same pool, no BEGIN, no ROLLBACK."""
    return cast("sa.Engine", current_app.extensions[READER])


def read(statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Sequence[sa.Row[Any]]:
    """The rows of one statement on AUTOCOMMIT, outside any transaction."""
    with reader().connect() as connection:
        return connection.execute(statement, values).all()


def writer() -> sa.Connection:
    """The connection of the request's transaction.

    Raises:
        WriteWhileReading: under GET or HEAD.
    """
    if _only_reads():
        raise WriteWhileReading
    return db.session.connection()


@contextmanager
def alone() -> Iterator[sa.Connection]:
    """A connection for one statement that is a transaction of its own, kept at once, whatever becomes of the request.

    Raises:
        WrittenTooLate: the request's transaction is open: this one would wait for it, on SQLite for ever.
    """
    if db.session.registry.has() and db.session().in_transaction():
        raise WrittenTooLate
    with reader().connect() as connection:
        take_turn(connection)
        yield connection


def write(statement: sa.Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None) -> Written:
    """Execute one statement of Core in the request's transaction, without what the ORM does around it.

    Raises:
        WriteWhileReading: under GET or HEAD.
    """
    return writer().execute(statement, values)


def inserting(dialect: str, model: type[Model]) -> Any:
    """An INSERT into the model's table that may say ON CONFLICT, as this kind of database has it."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(model.__table__)


def add_new(model: type[Model], values: Mapping[str, Any], *, by: sa.Connection | None = None) -> bool:
    """Insert the row if no unique key of it is taken, in one statement; say whether it was inserted."""
    insert = inserting(db.engine.dialect.name, model).values(**values).on_conflict_do_nothing()
    result = (by or db.session).execute(insert.returning(sa.literal_column("1")))
    return result.first() is not None


def lacks_its_parent(error: IntegrityError) -> bool:
    """Whether a foreign key was violated."""
    names = (getattr(error.orig, name, None) for name in ("sqlstate", "sqlite_errorname"))
    return bool({"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}.intersection(names))


def among(
    *key: InstrumentedAttribute[Any],
    until: InstrumentedAttribute[Any],
    by: Any,
    batch: int | sa.BindParameter[int],
) -> sa.ColumnElement[bool]:
    """The condition of being one of the first `batch` rows that are over by then, none of which another is deleting.

    They are looked for in the order of their index. PostgreSQL would read a table whose statistics are old from its
    beginning, sure to find some soon: all of it, if there are none.

    And they are looked for once. A mere subquery it may ask anew for each row of a table that it thinks is small, and
    each time other rows are left: all of them would be deleted.
    """
    some = sa.select(*key).where(until <= by).order_by(until).limit(batch).with_for_update(skip_locked=True)
    found = some.cte("found", nesting=True)  # a statement that begins with WITH has no rowcount on SQLite
    return sa.tuple_(*key).in_(sa.select(found))


def delete_batch(key: InstrumentedAttribute[Any], *, until: InstrumentedAttribute[Any], by: Any, batch: int) -> int:
    """Delete up to `batch` rows that are over by then, leaving those that another is deleting; say how many went."""
    some = among(key, until=until, by=by, batch=batch)
    done = db.session.execute(sa.delete(key.class_).where(some), execution_options={"synchronize_session": False})
    return cast("sa.CursorResult[Any]", done).rowcount


@contextmanager
def own_transaction() -> Iterator[sa.Connection]:
    """A short transaction of its own, whatever the request does: only before the request's transaction opens."""
    with db.engine.begin() as connection:
        yield connection


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """Several statements that see the database as of one moment, and write nothing."""
    with reader().connect() as connection:
        connection.exec_driver_sql(SNAPSHOT[connection.dialect.name])
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


@contextmanager
def transaction() -> Iterator[None]:
    """Make everything inside count as one, decided here and nowhere else.

    Kept when the block ends, or refuses with a `Problem` that stands; forgotten when anything else is raised.
    """
    try:
        yield
    except Problem as refusal:
        _settle(keep=refusal.stands)
        raise
    except BaseException:
        _settle(keep=False)
        raise
    _settle(keep=True)


def _settle(*, keep: bool) -> None:
    if not db.session.registry.has():
        return
    try:
        if keep:
            db.session.commit()
    finally:
        # Also after a commit that failed: SQLite keeps such a transaction open, and the pool would hand it on.
        db.session.rollback()


def init_app(app: Flask, config: Config) -> None:
    """Bind the database to the application: one pool, as large as the worker has threads."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(config)
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    init_engine(engine)
    app.extensions[READER] = reading(engine)
