"""Servers on each database, a crowd of client processes, and the figures of the proofs."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.live.clients import PROCESSES, Crowd
from tests.live.people import Account, newcomer
from tests.live.server import Server, clean_environment, copied_checkout, serve, upgrade
from tests.services import postgres_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def live_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of each kind, for servers."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('live') / 'latchkey.db'}"
    else:
        with postgres_database(f"latchkey_live_{os.getpid()}") as url:
            yield url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the servers' mails arrive: whoever comes first sends one, from one database all to one place."""
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="session")
def server(live_url: str, mails: Path) -> Iterator[Server]:
    """Four workers on each database, which start in development without a secret of their own.

    Two processes of tests may have one each: together they hold fewer than the 100 connections that PostgreSQL grants.
    The replay window is the widest: a crowd of fifty may need more than ten seconds on a busy machine.
    """
    with serve(live_url, threads=6, SECRET_KEY="", REFRESH_REPLAY_SECONDS="60", MAIL_URL=f"file:{mails}") as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    root = copied_checkout(tmp_path_factory.mktemp("migrated"))
    upgrade(root, clean_environment(APP_ENV="development"))
    return root / "instance" / "latchkey.db"


@pytest.fixture
def own_url(migrated: Path, tmp_path: Path) -> str:
    """A migrated SQLite database for a server that only one test has."""
    return f"sqlite:///{shutil.copy2(migrated, tmp_path)}"


@pytest.fixture
def account(server: Server) -> Account:
    """Somebody who has just registered there."""
    return newcomer(server.base_url)


@pytest.fixture(scope="session")
def database(live_url: str) -> Iterator[sa.Engine]:
    """A look past the servers, at the rows."""
    engine = sa.create_engine(live_url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Clients in several processes."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        yield Crowd(processes)
