"""Which migrations this code expects, and which the database has."""

from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from app.kit.database import read

DIRECTORY = Path(__file__).resolve().parents[2] / "migrations"


def state() -> str:
    """`ok`, `behind` this code, or `ahead` of it, in a database that answers."""
    try:
        rows = read(sa.text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "behind"
    applied = {str(row.version_num) for row in rows}
    if applied == {newest_revision()}:
        return "ok"
    return "behind" if applied <= _known_revisions() else "ahead"


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """The newest revision in `migrations/`."""
    return str(ScriptDirectory(str(DIRECTORY)).get_current_head())


@lru_cache(maxsize=1)
def _known_revisions() -> frozenset[str]:
    return frozenset(each.revision for each in ScriptDirectory(str(DIRECTORY)).walk_revisions())
