"""One deployment for each algorithm, on SQLite alone: what is attacked here never gets as far as the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine.interfaces import DBAPIConnection

from app import create_app
from app.kit.database import db
from tests.auth.attacks.target import Target
from tests.conftest import configured

Targets = Callable[[str], Target]


@contextmanager
def deployments(directory: pytest.TempPathFactory, *, canary: str, **changes: Any) -> Iterator[Targets]:
    """The deployment that signs with an algorithm, made at the first need; all are taken down in the end."""
    made: list[Flask] = []

    @cache
    def target(algorithm: str) -> Target:
        root = directory.mktemp(algorithm)
        made.append(create_app(configured(root, database_url=f"sqlite:///{root / 'latchkey.db'}", **changes)))
        with made[-1].app_context():
            sa.event.listen(db.engine, "connect", _never_wait_for_the_disk)
            upgrade()
        built = Target(made[-1], algorithm, canary)
        built.prepare()
        return built

    yield target
    for app in made:
        with app.app_context():
            db.engine.dispose()


def _never_wait_for_the_disk(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()
