"""What is really said to the database: not what SQLAlchemy reports, but what its drivers send."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.kit.database import db

SENT = re.compile(r"\tF\t\d+\t(Query\t \"(?P<text>[^\"]*)\"?|Execute\t.*)$")  # a text of several lines ends in another


@contextmanager
def spoken(app: Flask, scratch: Path) -> Iterator[list[str]]:
    """Every statement that the application's connections execute inside the block, filled in at its end.

    For PostgreSQL a prepared statement is told as "-", without its text.
    """
    with app.app_context():
        engine = db.engine
    engine.dispose()  # so that every connection is made, and overheard, inside the block
    listen = _overhear_sqlite if engine.dialect.name == "sqlite" else _overhear_postgres
    with listen(engine, scratch) as statements:
        yield statements


@contextmanager
def _overhear_sqlite(engine: sa.Engine, _scratch: Path) -> Iterator[list[str]]:
    statements: list[str] = []

    def overhear(connection: Any, *_: object) -> None:
        connection.set_trace_callback(statements.append)

    with _on_checkout(engine, overhear):
        yield statements


@contextmanager
def _overhear_postgres(engine: sa.Engine, scratch: Path) -> Iterator[list[str]]:
    statements: list[str] = []
    file = os.open(scratch / "trace", os.O_CREAT | os.O_RDWR)

    def overhear(connection: Any, *_: object) -> None:
        connection.pgconn.trace(file)

    try:
        with _on_checkout(engine, overhear):
            yield statements
            engine.dispose()  # libpq writes the rest of its trace
        found = map(SENT.search, (scratch / "trace").read_text(encoding="utf-8").splitlines())
        statements += [each["text"] or "-" for each in found if each]
    finally:
        os.close(file)


@contextmanager
def _on_checkout(engine: sa.Engine, overhear: Any) -> Iterator[None]:
    sa.event.listen(engine, "checkout", overhear)
    try:
        yield
    finally:
        sa.event.remove(engine, "checkout", overhear)
