"""A real server, for what only sockets can tell; and an application that counts."""

from collections.abc import Iterator

import pytest
from flask import Flask
from time_machine import TimeMachineFixture

from environment import Rate
from tests.conftest import MakeApp
from tests.kit.counting import HOUR, MINUTE, NOON
from tests.live.server import Server, serve


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker on a database that nobody has made; its end shows whether it printed a traceback."""
    path = tmp_path_factory.mktemp("served") / "latchkey.db"
    with serve(f"sqlite:///{path}", workers=1, threads=4, migrate=False) as running:
        yield running


@pytest.fixture
def counting(make_app: MakeApp) -> Iterator[Flask]:
    """Three times a minute, and the application's context."""
    app = make_app(rate_limits=True, login_limit=Rate(3, MINUTE), mail_limit=Rate(2, HOUR))
    with app.app_context():
        yield app


@pytest.fixture
def at(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """A clock that stands still at noon."""
    time_machine.move_to(NOON, tick=False)
    return time_machine
