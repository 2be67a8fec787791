"""Moments in the database: aware and in UTC as they go in and come out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware UTC moment; SQLite, which knows no zones, stores it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Take aware moments only."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Callable[[Any], datetime | None]:
        """Give aware moments only; at once from SQLite's text, since lists are full of them."""
        return _from_text_or_none if dialect.name == "sqlite" else _from_moment_or_none


def _from_text_or_none(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _from_moment_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)
