"""Which migrations this code and the database know; and Flask-Migrate for `flask db`, but in no worker.

Alembic and what it brings are 10 MiB in each worker (docs/performance.md), which has nothing to do with them.
"""

import re
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.kit.database import db, read

DIRECTORY = Path(__file__).resolve().parents[2] / "migrations"
COMMAND = "db"
EXTENSION = "migrate"  # where Flask-Migrate looks for itself
REVISION = re.compile(r"^revision = [\"'](\w+)[\"']$", re.MULTILINE)


def state() -> str:
    """`ok`, `behind` this code, or `ahead` of it, in a database that answers."""
    try:
        rows = read(sa.text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return "behind"
    applied = {str(row.version_num) for row in rows}
    if applied == {newest_revision()}:
        return "ok"
    return "behind" if applied <= set(revisions()) else "ahead"


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """The revisions in `migrations/`, oldest first: one line, numbered."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(DIRECTORY.glob("versions/[0-9]*.py")))
    return tuple(found for text in texts for found in REVISION.findall(text))


def newest_revision() -> str:
    """The revision that this code expects."""
    return revisions()[-1]


class _Later:
    """Stands in for Flask-Migrate until somebody asks it for something."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        _load(self._app)
        return getattr(self._app.extensions[EXTENSION], name)


class _Commands(AppGroup):
    """The application's commands, and `flask db`, which Flask-Migrate adds when it is asked for."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted({*super().list_commands(ctx), COMMAND})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name == COMMAND and COMMAND not in self.commands:
            _load(self._app)
        return super().get_command(ctx, cmd_name)


def _load(app: Flask) -> None:
    """Let Flask-Migrate take its place among the extensions and the commands."""
    migrate = import_module("flask_migrate").Migrate(command=COMMAND, directory=str(DIRECTORY), render_as_batch=True)
    migrate.init_app(app, db)


def init_app(app: Flask) -> None:
    """Let `flask db` find what it needs."""
    app.extensions[EXTENSION] = _Later(app)
    app.cli = _Commands(app)
