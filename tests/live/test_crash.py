"""Workers are killed in the middle of logins, refreshes, logouts and changes of password: nothing is half done."""

import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from threading import Event
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit.models import AuditEvent
from app.sessions.models import Blocked, Session
from app.users.models import User
from tests.cast import PASSWORD
from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.clients import send
from tests.live.crashing import Client, at_intervals
from tests.live.people import newcomer
from tests.live.server import Server, serve
from tests.patience import PATIENCE
from tests.services import postgres_database

CLIENTS = 6
KILLS = count(3, 8, 400)
KILLED = "was sent SIGKILL"
SLACK = timedelta(seconds=1)  # what is kept of a moment
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def fragile_postgres() -> Iterator[str]:
    """An empty PostgreSQL database for one test."""
    with postgres_database(f"latchkey_fragile_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=ONLY_PROVEN)])
def fragile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """Workers on a database of their own, with the widest replay window."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('fragile') / 'latchkey.db'}"
    else:
        url = request.getfixturevalue("fragile_postgres")
    with serve(url, workers=count(2, 4, 4), forgiven=KILLED, REFRESH_REPLAY_SECONDS="60") as server:
        yield server, url


def kill_one(server: Server) -> None:
    """Kill a random worker as the kernel does when memory runs out."""
    workers = server.workers
    if workers:
        with suppress(ProcessLookupError):
            os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311  dice, not secrets


def worked_while_killed(server: Server, clients: Sequence[Client]) -> None:
    """Let all clients work while workers are killed."""
    over = Event()
    with ThreadPoolExecutor(len(clients)) as threads:
        working = [threads.submit(client.work, over) for client in clients]
        try:
            at_intervals(KILLS, lambda: kill_one(server), lambda: random.uniform(0.1, 1.5))  # noqa: S311  dice
            latest = monotonic() + PATIENCE
            while not any(client.counts["lost"] for client in clients) and monotonic() < latest:
                at_intervals(1, lambda: kill_one(server), lambda: 0.5)  # those that died were still starting, or idle
        finally:
            over.set()
    for each in working:
        each.result()


@pytest.mark.prove
def test_nothing_is_half_done_when_workers_are_killed(
    fragile: tuple[Server, str], request: pytest.FixtureRequest
) -> None:
    server, url = fragile
    clients = [Client(newcomer(server.base_url), PASSWORD, seed) for seed in range(CLIENTS)]

    worked_while_killed(server, clients)

    counts = sum((client.counts for client in clients), Counter[str]())
    FIGURES.append(f"{request.node.name}: {KILLS} kills, {dict(counts)}")
    risen = [answer.outcome for client in clients for answer in knocks(client)]
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as database:
        assert untrue(database) == {}
        assert integrity(database) == "ok"
    engine.dispose()
    assert set(risen) <= {"401 session_ended logout", "401 session_ended password_changed"}
    assert counts["lost"] > 0


def knocks(client: Client) -> Iterator[Any]:
    """What the tokens of ended sessions are told."""
    for _, tokens in client.dead:
        for call in tokens.attempts:
            yield send(client.account.base_url, call)


def untrue(database: sa.Connection) -> dict[str, Any]:
    """Facts without an event, and events without a fact."""
    events = database.execute(sa.select(AuditEvent.__table__)).all()
    alive = {row.id for row in database.execute(sa.select(Session.id))}
    blocked = {row.id: row.reason for row in database.execute(sa.select(Blocked.id, Blocked.reason))}
    begun = Counter(each.session_id for each in events if each.action == "session.begun")
    ended = {str(each.session_id): each.detail["reason"] for each in events if each.action == "session.ended"}
    sids = {str(each) for each in begun}
    found = {
        "begun twice": [each for each, times in begun.items() if times > 1],
        "neither alive nor ended": sids - {str(each) for each in alive} - ended.keys(),
        "alive and ended": {str(each) for each in alive} & ended.keys(),
        "alive and never begun": {str(each) for each in alive} - sids,
        "ended otherwise than told": {
            sid: reason for sid, reason in blocked.items() if sid in sids and ended.get(sid) != reason
        },
        "told and not blocked": {sid for sid in ended if sid not in blocked},
        "passwords": passwords_untold(database, events),
    }
    return {what: which for what, which in found.items() if which}


def passwords_untold(database: sa.Connection, events: Sequence[Any]) -> list[str]:
    """Accounts whose password was not changed between the last but one and the last event that tells of it."""
    told = defaultdict(list)
    for each in sorted(events, key=attrgetter("created_at")):
        if each.action in {"user.registered", "password.changed"}:
            told[each.subject_id].append(each.created_at)
    rows = database.execute(sa.select(User.id, User.email, User.password_changed_at)).all()
    return [
        row.email
        for row in rows
        for *others, last in [told[row.id] or [NEVER]]
        if not (others[-1] if others else NEVER) - SLACK <= row.password_changed_at <= last + SLACK
    ]


def integrity(database: sa.Connection) -> str:
    """What SQLite says of its own file; PostgreSQL has nothing to say."""
    if database.dialect.name != "sqlite":
        return "ok"
    return str(database.execute(sa.text("PRAGMA integrity_check")).scalar_one())
