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
                _shown(row) for row in connection.execute(sa.select(*_columns(table)).where(theirs)).mappings()
            ]
            for table, theirs in _owned(user_id)
        }
        events = connection.execute(audit.concerning(user_id)).all()
        return owned | {AuditEvent.__tablename__: EventOut(many=True).dump(events)}


def _owned(user_id: UUID) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool]]]:
    for table in Model.metadata.sorted_tables:
        owners = {key.parent.name for key in table.foreign_keys if key.column.table is PEOPLE}
        names = {"id"} if table is PEOPLE else owners
        if names:
            yield table, sa.or_(*(table.c[name] == user_id for name in sorted(names)))


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if not column.name.endswith(SECRETS)]


def _shown(row: sa.RowMapping) -> dict[str, Any]:
    return {name: zulu(value) if isinstance(value, datetime) else value for name, value in row.items()}
