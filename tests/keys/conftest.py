"""A ring that a test may turn as it likes, and the people who feel it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.keys.models import KeyRing, StoredKey
from app.keys.ring import holder
from app.kit.database import db
from tests.conftest import MakeApp

Keys = Callable[..., Any]


def empty_ring(app: Flask) -> None:
    """Take every key away, as before the first start."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.delete(StoredKey))
        connection.execute(sa.update(KeyRing).values(version=KeyRing.version + 1))
        holder().ring = None


@pytest.fixture(autouse=True)
def _ring_of_its_own(app: Flask) -> Iterator[None]:
    """Begin without keys, and leave none behind."""
    empty_ring(app)
    yield
    empty_ring(app)


@pytest.fixture
def keys(app: Flask) -> Keys:
    """`flask keys ...` of the application."""
    return commands(app)


@pytest.fixture
def other(make_app: MakeApp) -> Flask:
    """Another worker: it shares the database and nothing else."""
    return make_app()


def commands(app: Flask) -> Keys:
    """`flask keys ...` of an application; gives what `--json` prints, or the text."""

    def run(*arguments: str, exit_code: int = 0, stdin: bytes | None = None) -> Any:
        result = app.test_cli_runner().invoke(args=["keys", *arguments], input=stdin)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return run


def state_of(keys: Keys) -> dict[str, str]:
    """The state of every key by its kid."""
    return {key["kid"]: key["state"] for key in keys("list", "--json")["items"]}


def active(keys: Keys) -> str:
    """The kid that signs."""
    (kid,) = (kid for kid, state in state_of(keys).items() if state == "active")
    return kid
