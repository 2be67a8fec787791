"""Columns as answers show them, text from the database on: for the lists that are asked for most.

On the way of a row of twenty, the `UUID` and the `datetime` that nobody looks at cost more than the query.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.schemas import zulu


class ShownId(sa.TypeDecorator[str]):
    """An id as answers show it."""

    impl = sa.Uuid
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Callable[[Any], str]:
        """Give text; SQLite's own lacks four strokes."""
        return _dashed if dialect.name == "sqlite" else str


class ShownTime(sa.TypeDecorator[str]):
    """A moment as answers show it."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Callable[[Any], str | None]:
        """Give text; SQLite's own needs two letters changed."""
        return _shown_text_or_none if dialect.name == "sqlite" else _shown_moment_or_none


def shown(column: InstrumentedAttribute[Any]) -> sa.ColumnElement[Any]:
    """The column of an id or a moment, as answers show it."""
    kind = ShownId if isinstance(column.type, sa.Uuid) else ShownTime
    return sa.type_coerce(column, kind).label(column.key)


def _dashed(value: str) -> str:
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def _shown_text_or_none(value: str | None) -> str | None:
    return None if value is None else f"{value[:10]}T{value[11:]}Z"


def _shown_moment_or_none(value: datetime | None) -> str | None:
    return None if value is None else zulu(value)
