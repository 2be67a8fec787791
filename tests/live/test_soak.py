"""All kinds of work for a long time: no failure of ours, and nothing that grows."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import sqlalchemy as sa

from tests.cast import PASSWORD
from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.crashing import Client
from tests.live.people import newcomer
from tests.live.server import Server, serve
from tests.live.soaking import Visitor, Weight, weighed
from tests.services import postgres_database

SECONDS = count(5, 10, 600)
EVERY = SECONDS / 100
HABITS = 3  # with the visitor not more than one worker hashes at once: 503 would be an answer, too
MIB = 1024
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
POOLS = 2 * (8 + 2)  # workers x (threads and two)
THREADS = 8 + 3  # they are started when they are needed; one for all of them, one for mails, one for a mail that leaves


@pytest.fixture
def soaked_postgres() -> Iterator[str]:
    """An empty PostgreSQL database for one test."""
    with postgres_database(f"latchkey_soaked_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that nobody else uses."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'latchkey.db'}"
    postgres: str = request.getfixturevalue("soaked_postgres")
    return postgres


@pytest.fixture
def soaked(url: str, tmp_path: Path) -> Iterator[Server]:
    """Two workers that count attempts, and write mails into a directory."""
    with serve(
        url,
        workers=2,
        RATE_LIMITS="on",
        LOGIN_LIMIT="1000000/minute",
        REFRESH_LIMIT="1000000/minute",
        REGISTER_LIMIT="1000000/hour",
        MAIL_LIMIT="1000000/hour",
        REFRESH_REPLAY_SECONDS="60",
        MAIL_URL=f"file:{tmp_path / 'mails'}",
    ) as server:
        yield server


@ONLY_PROVEN
def test_nothing_grows_and_nothing_fails(soaked: Server, url: str, request: pytest.FixtureRequest) -> None:
    clients = [Client(newcomer(soaked.base_url), PASSWORD, seed) for seed in range(HABITS)]
    people: list[Client | Visitor] = [*clients, Visitor(newcomer(soaked.base_url))]

    weights = soak(soaked, people)

    counts = sum((person.counts for person in people), Counter[str]())
    fifth = len(weights) // 5
    early, late = heaviest(weights[fifth : 2 * fifth]), heaviest(weights[-fifth:])
    held = connections(url)
    FIGURES.append(f"{request.node.name}: {SECONDS} s, {dict(counts)}; {early} to {late}; {held} connections held")
    assert not [outcome for outcome in counts if outcome.startswith("5") or outcome == "lost"]
    assert late.kib < early.kib + max(8 * MIB, early.kib // 10)
    assert late.files <= early.files + 4
    assert late.threads <= max(early.threads, THREADS)
    assert held <= POOLS


def soak(server: Server, people: list[Client | Visitor]) -> list[Weight]:
    """Let all of them work; what the workers hold at a hundred moments."""
    over, weights = Event(), list[Weight]()
    with ThreadPoolExecutor(len(people)) as threads:
        working = [threads.submit(person.work, over) for person in people]
        try:
            end = monotonic() + SECONDS
            while monotonic() < end and not any(each.done() for each in working):
                over.wait(EVERY)
                weights.append(weighed(server))
        finally:
            over.set()
    for each in working:
        each.result()
    return weights


def heaviest(weights: list[Weight]) -> Weight:
    """The most of each."""
    return Weight(*(max(getattr(each, name) for each in weights) for name in ("kib", "files", "threads")))


def connections(url: str) -> int:
    """How many connections the workers hold; SQLite counts none."""
    if url.startswith("sqlite"):
        return 0
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(CONNECTIONS).scalar_one())
