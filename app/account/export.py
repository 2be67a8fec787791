"""Everything that is stored about a user, in one document: every table that names its user as owner, and events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.audit import service as audit
from app.audit.models import AuditEvent
from app.audit.schemas import EventOut
from app.kit.database import Model, snapshot
from app.kit.schemas import zulu
from app.users.models import User

SECRETS = ("_hash", "_digest", "digest", "_jti", "sealed")
PEOPLE = User.__table__


def gather(user_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The rows of this user, by table, read as of one moment. Left out is only what would open something."""
    with snapshot() as connection:
        owned = {
            table.name: [
                _shown(row) for row in connection.execute(sa.select(*_columns(table)).where(mine == user_id)).mappings()
            ]
            for table, mine in _owned()
        }
        events = connection.execute(audit.concerning(user_id)).all()
        return owned | {AuditEvent.__tablename__: EventOut(many=True).dump(events)}


def _owned() -> Iterator[tuple[sa.Table, sa.ColumnElement[UUID]]]:
    for table in Model.metadata.sorted_tables:
        if table is PEOPLE:
            yield table, table.c.id
        for key in sorted(table.foreign_keys, key=lambda each: each.parent.name):
            if key.column.table is PEOPLE:
                yield table, key.parent


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if not column.name.endswith(SECRETS)]


def _shown(row: sa.RowMapping) -> dict[str, Any]:
    return {name: zulu(value) if isinstance(value, datetime) else value for name, value in row.items()}
