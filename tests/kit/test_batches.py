"""Pruning takes no more than its batch, and reads no more, whatever the database believes of the table."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from app.kit import counters, limits
from app.kit.database import Model, db, transaction
from app.kit.secrets import random_id
from app.sessions import blocklist
from app.sessions.models import Blocked, Reason
from app.users import networks, pending
from app.users import service as users
from app.users.models import KnownNetwork, PendingUser, User
from app.users.roles import Role
from config import Config
from tests.cast import PASSWORD
from tests.health.scratch import scratch_application
from tests.kit.faults import listening

BATCH = 20
MANY = 2 * BATCH + 5
LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Pruned(NamedTuple):
    """A table that is pruned: what makes a row of it that is over, and what prunes it."""

    model: type[Model]
    old: Callable[[UUID], dict[str, Any]]
    young: dict[str, Any]  # what of it is otherwise in one that lives
    prune: Callable[[int], int]


PRUNED = [
    Pruned(
        Blocked,
        lambda _: {"id": random_id(), "reason": str(Reason.LOGOUT), "expires_at": LONG_AGO},
        {"expires_at": FAR_OFF},
        blocklist.prune,
    ),
    Pruned(
        KnownNetwork,
        lambda owner: {"user_id": owner, "network": random_id(), "seen_at": LONG_AGO},
        {"seen_at": FAR_OFF},
        networks.prune,
    ),
    Pruned(
        counters.RateCounter,
        lambda _: {"key": random_id(), "count": 1, "span": 1, "ends": 1, "expires": 1},
        {"expires": 10**15},
        limits.prune,
    ),
    Pruned(  # by `delete_batch`, like sessions and mailed tokens
        PendingUser,
        lambda _: {"email": "b@c.de", "email_key": "b@c.de", "name": None, "password_hash": "", "expires_at": LONG_AGO},
        {"expires_at": FAR_OFF},
        pending.prune,
    ),
]
EACH, NARROW = (
    pytest.mark.parametrize("table", tables, ids=[each.model.__tablename__ for each in tables])
    for tables in (PRUNED, PRUNED[:-1])  # of wide rows PostgreSQL guesses too few to care
)


def fill(table: Pruned, rows: int, **otherwise: Any) -> None:
    """So many rows more that are over, unless something of them is otherwise."""
    with transaction():
        owner = db.session.scalars(sa.select(User.id)).one()
        db.session.add_all(table.model(**table.old(owner) | otherwise) for _ in range(rows))


def left(table: Pruned) -> int:
    """How many rows there are."""
    return db.session.scalars(sa.select(sa.func.count()).select_from(table.model)).one()


@pytest.fixture(scope="module")
def believing(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose database found one row in each table when it last counted, and goes by that."""
    with scratch_application(config, tmp_path_factory.mktemp("counted")) as app, app.app_context():
        upgrade()
        add_owner()
        for each in PRUNED:
            fill(each, 1)
        with transaction():
            db.session.execute(sa.text("ANALYZE"))
        yield app


@pytest.fixture(scope="module")
def guessing(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose database has not counted anything yet, and guesses."""
    with scratch_application(config, tmp_path_factory.mktemp("uncounted")) as app, app.app_context():
        upgrade()
        add_owner()
        yield app


def add_owner() -> None:
    """Somebody to whom rows belong."""
    with transaction():
        users.add("ada@example.com", PASSWORD, name=None, roles=[Role.USER], verified=True)


@EACH
@pytest.mark.usefixtures("believing")
def test_no_more_than_a_batch_goes_from_a_table_that_is_thought_to_be_small(table: Pruned) -> None:
    fill(table, MANY - left(table))

    with transaction():
        gone = table.prune(BATCH)

    assert (gone, left(table)) == (BATCH, MANY - BATCH)


@NARROW
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_table_in_which_nothing_is_over_is_not_read_to_its_end(guessing: Flask, table: Pruned) -> None:
    """By a guess a third of it is, and some would be found soon."""
    fill(table, 50 * MANY, **table.young)
    said: list[tuple[str, Any]] = []

    with listening(guessing, "before_cursor_execute", lambda *told: said.append(told[2:4])), transaction():
        table.prune(BATCH)

    ((text, values),) = [each for each in said if each[0].startswith("DELETE")]
    with db.engine.begin() as connection:
        plan = [str(line) for (line,) in connection.exec_driver_sql(f"EXPLAIN ANALYZE {text}", values)]
    assert "Index Scan" in "".join(plan)
    assert not [line for line in plan if "Removed by Filter" in line]
