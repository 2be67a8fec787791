"""The application on a database of its own, which a test may ruin."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from flask import Flask

from app import create_app
from app.kit.database import db
from config import Config
from tests.services import postgres_database


@contextmanager
def new_database(config: Config, root: Path) -> Iterator[str]:
    """The URL of an empty database, of the same kind as the configured one."""
    if config.database_url.startswith("sqlite"):
        yield f"sqlite:///{root / 'scratch.db'}"
    else:
        with postgres_database(f"latchkey_scratch_{os.getpid()}_{token_hex(4)}") as url:
            yield url.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def application_on(config: Config, url: str) -> Iterator[Flask]:
    """The application with this database; in the end all its connections are closed."""
    app = create_app(replace(config, database_url=url))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def scratch_application(config: Config, root: Path) -> Iterator[Flask]:
    """The application on an empty database, of the same kind as the configured one."""
    with new_database(config, root) as url, application_on(config, url) as app:
        yield app
