"""Networks where an account is known, for thirty days after it last signed in there."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit import pruning
from app.kit.database import db, read, transaction
from app.users import networks
from app.users import service as users
from app.users.models import KnownNetwork, User
from app.users.roles import Role
from tests.cast import PASSWORD

HOME = "192.0.2.1"
DAYS_30 = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def ada(app: Flask, time_machine: TimeMachineFixture) -> UUID:
    """Somebody with an account."""
    time_machine.move_to(1_795_600_000, tick=False)
    with app.app_context(), transaction():
        return users.add("ada@example.com", PASSWORD, name=None, roles=[Role.USER], verified=True)


def remember(app: Flask, who: UUID, network: str = HOME) -> None:
    """Let it be known there."""
    with app.app_context(), transaction():
        networks.remember(who, network)


def is_at_home(app: Flask, network: str = HOME) -> bool:
    """Whether Ada is known there."""
    with app.app_context():
        login = users.login_or_none("ada@example.com", network=network)
    assert login is not None
    return login.at_home


def known(app: Flask) -> list[tuple[str, datetime]]:
    """What is stored."""
    with app.app_context():
        return [(row.network, row.seen_at) for row in read(sa.select(KnownNetwork.network, KnownNetwork.seen_at))]


def test_an_account_is_known_only_where_it_was_seen(app: Flask, ada: UUID) -> None:
    remember(app, ada)

    assert [is_at_home(app, each) for each in (HOME, "192.0.2.2", "")] == [True, False, False]


def test_it_is_known_for_thirty_days(app: Flask, ada: UUID, time_machine: TimeMachineFixture) -> None:
    remember(app, ada)
    time_machine.shift(DAYS_30 - MOMENT)
    before = is_at_home(app)
    time_machine.shift(MOMENT)

    assert (before, is_at_home(app)) == (True, False)


def test_each_sign_in_begins_the_thirty_days_anew(app: Flask, ada: UUID, time_machine: TimeMachineFixture) -> None:
    remember(app, ada)
    time_machine.shift(DAYS_30 - MOMENT)
    remember(app, ada)
    time_machine.shift(DAYS_30 - MOMENT)

    assert is_at_home(app)
    assert len(known(app)) == 1


def test_what_is_old_is_forgotten_on_the_way(app: Flask, ada: UUID, time_machine: TimeMachineFixture) -> None:
    for number in range(3):
        remember(app, ada, f"198.51.100.{number}")
    time_machine.shift(DAYS_30)

    for _ in range(pruning.WRITES):
        remember(app, ada)

    assert [network for network, _ in known(app)] == [HOME]


def test_another_account_is_not_known_there(app: Flask, ada: UUID) -> None:
    with app.app_context(), transaction():
        bob = users.add("bob@example.com", PASSWORD, name=None, roles=[Role.USER], verified=True)
    remember(app, bob)

    assert (is_at_home(app), ada == bob) == (False, False)


def test_it_goes_with_the_account(app: Flask, ada: UUID) -> None:
    remember(app, ada)

    with app.app_context(), transaction():
        db.session.execute(sa.delete(User).where(User.id == ada))

    assert known(app) == []
