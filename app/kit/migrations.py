"""Which migration this code expects."""

from functools import lru_cache
from pathlib import Path

from alembic.script import ScriptDirectory

DIRECTORY = Path(__file__).resolve().parents[2] / "migrations"


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """The newest revision in `migrations/`."""
    return str(ScriptDirectory(str(DIRECTORY)).get_current_head())
