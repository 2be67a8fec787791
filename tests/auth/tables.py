"""What the database holds."""

import sqlalchemy as sa
from flask import Flask

from app.audit.models import AuditEvent
from app.kit.database import Model, read


def dump(app: Flask) -> dict[str, list[str]]:
    """Every row of every table as text, in one order."""
    with app.app_context():
        tables = {table.name: read(sa.select(table)) for table in Model.metadata.sorted_tables}
    return {name: sorted(repr(tuple(row)) for row in rows) for name, rows in tables.items()}


def facts(app: Flask) -> dict[str, list[str]]:
    """Every row but those that tell what happened: a refusal may be told."""
    return {name: rows for name, rows in dump(app).items() if name != AuditEvent.__tablename__}
