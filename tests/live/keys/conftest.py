"""Databases that nobody else turns the keys of."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import postgres_database


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database for one test."""
    with postgres_database(f"latchkey_keys_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgresql"])
def each_url(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> str:
    """A database of each kind for one test, without keys."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy2(migrated, tmp_path)}"
    url: str = request.getfixturevalue("postgres_url")
    return url
