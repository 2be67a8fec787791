"""The hot path's way to the database: a statement is compiled once, and said at the driver.

What SQLAlchemy does around a statement costs 50 µs (SQLite) to 90 µs (PostgreSQL) more than the statement itself. A
`Prepared` keeps its compiler, its types, its pool and its names of errors, and goes around the rest: no result, and
for what `rows` asks no `Connection` and no statement events. Only for what every request says (docs/performance.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from app.kit.connections import Pool
from app.kit.database import reader
from app.kit.driver import cursor_of, say

Convert = Callable[[Any], Any]
Statement = sa.Select[*tuple[Any, ...]] | sa.UpdateBase


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one kind of database takes it: how to bind each value, and how to read each column."""

    sql: str
    positions: Sequence[str] | None
    fixed: Mapping[str, Any]
    binders: Sequence[tuple[str, Convert]]
    readers: Sequence[tuple[int, Convert]]
    row: Convert

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self.fixed, **values}
        for name, bind in self.binders:
            given[name] = bind(given[name])
        return given if self.positions is None else [given[name] for name in self.positions]

    def read(self, found: Sequence[Any]) -> Any:
        """A row as Python has it, its columns by their names."""
        columns = list(found)
        for index, convert in self.readers:
            columns[index] = convert(columns[index])
        return self.row(columns)


class Prepared:
    """A statement of every request: `rows` asks on AUTOCOMMIT, `on` says it where something may change."""

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        """Compile it at the first need; what is not the same everywhere is made for the kind of database."""
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def rows(self, **values: Any) -> list[Any]:
        """The rows, with their columns by name.

        Raises:
            DBAPIError: what went wrong, in SQLAlchemy's names.
        """
        engine, entry = reader(), None
        form = self._forms.get(engine.dialect.name) or self._compile(engine.dialect)
        bound, pool = form.bound(values), cast("Pool", engine.pool)
        try:
            entry = pool.borrow()
            cursor = cursor_of(entry.dbapi_connection, entry.info, form.sql)
            cursor.execute(form.sql, bound)
            found = cursor.fetchall()
        except BaseException as error:
            if entry is not None:
                entry.info.pop(form.sql, None)
            _fail(error, engine, entry)
            raise
        pool.give_back(entry)
        return [form.read(row) for row in found]

    def on(self, connection: sa.Connection, **values: Any) -> list[Any]:
        """The rows that a SELECT finds or RETURNING brings, said on this connection.

        Raises:
            DBAPIError: what went wrong, in SQLAlchemy's names.
        """
        form = self._forms.get(connection.dialect.name) or self._compile(connection.dialect)
        return [form.read(row) for row in say(connection, form.sql, form.bound(values))]

    def _compile(self, dialect: sa.Dialect) -> _Form:
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        compiled = statement.compile(dialect=dialect)
        columns = list(statement.exported_columns)
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        binders = [(name, kind.bind_processor(dialect)) for name, kind in types.items()]
        readers = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
        form = _Form(
            sql=str(compiled),
            positions=compiled.positiontup,
            fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
            binders=[(name, bind) for name, bind in binders if bind],
            readers=[(index, convert) for index, convert in enumerate(readers) if convert],
            row=_row_of([str(each.key) for each in columns]),
        )
        self._forms[dialect.name] = form
        return form


def _row_of(names: Sequence[str]) -> Convert:
    """What makes a tuple whose elements also have these names."""
    members = {name: property(itemgetter(index)) for index, name in enumerate(names)}
    return type("Row", (tuple,), {**members, "__slots__": ()})


def contains(text: sa.SQLColumnExpression[str], words: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Whether the text holds these words, in any case; `literal` makes them what they say."""
    return text.icontains(words, escape="/")


def literal(words: str) -> str:
    """Words for `contains`, without the meaning that LIKE sees in some letters."""
    return words.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _fail(error: BaseException, engine: sa.Engine, entry: ConnectionPoolEntry | None) -> None:
    """Do as SQLAlchemy does: give up a connection that is lost, and those as old; raise the driver's errors as its own.

    Raises:
        DBAPIError: the driver's error.
    """
    driver = engine.dialect.loaded_dbapi
    known = isinstance(error, driver.Error)
    connection = None if entry is None else entry.dbapi_connection
    lost = not known or engine.dialect.is_disconnect(cast("Any", error), cast("Any", connection), None)
    if entry is not None:
        pool = cast("Pool", engine.pool)
        pool.give_up(entry, error) if lost else pool.give_back(entry)
    if known:
        raise DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, connection_invalidated=lost, dialect=engine.dialect
        ) from error
