"""One budget for all workers and instances, to the last attempt, with Redis in front or without, or killed."""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import pytest

from tests.cast import API
from tests.counts import Tally, count
from tests.live.clients import PROCESSES, Call, Crowd, admitted
from tests.live.server import serve
from tests.redis_server import RedisServer, redis_server
from tests.services import postgres_database

AMOUNT = 25
limited = partial(serve, RATE_LIMITS="on", LOGIN_LIMIT=f"{AMOUNT}/hour", TRUSTED_PROXIES="1")
CALLS = 60
EXACTLY = Counter({401: AMOUNT, 429: CALLS - AMOUNT})


@dataclass(frozen=True, slots=True)
class Deployment:
    """Instances with one database, and the Redis in front of it."""

    urls: list[str]
    redis: RedisServer | None


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "postgresql and redis"])
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Four workers on SQLite; two instances of two workers on PostgreSQL."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server()) if "redis" in request.param else None
        if request.param == "sqlite":
            url, instances, workers = f"sqlite:///{tmp_path_factory.mktemp('limits') / 'latchkey.db'}", 1, 4
        else:
            bare = stack.enter_context(postgres_database(f"latchkey_limits_{os.getpid()}"))
            url, instances, workers = bare.replace("postgresql://", "postgresql+psycopg://"), 2, 2
        servers = [
            stack.enter_context(limited(url, workers=workers, REDIS_URL=redis.url if redis else ""))
            for _ in range(instances)
        ]
        yield Deployment([server.base_url for server in servers], redis)


def address() -> str:
    """A client's address that nobody else has."""
    return f"2001:db8:{secrets.randbelow(65_536):x}:{secrets.randbelow(65_536):x}::1"


def attempt(email: str, forwarded_for: str) -> Call:
    """A guess."""
    body = {"email": email, "password": "a guess"}
    return Call("POST", f"{API}/auth/login", {"X-Forwarded-For": forwarded_for}, body)


def spread(crowd: Crowd, deployment: Deployment, calls: list[Call]) -> Counter[int]:
    """How often each status was the answer; all instances are called in the same instant."""
    urls = islice(cycle(deployment.urls), PROCESSES)
    shares = [calls[first::PROCESSES] for first in range(PROCESSES)]
    return Counter(answer.status for share in crowd.processes.map(admitted, urls, shares) for answer in share)


def by_address() -> list[Call]:
    """Guesses from one address, each at another account."""
    here = address()
    return [attempt(f"{secrets.token_hex(8)}@example.com", here) for _ in range(CALLS)]


def by_account() -> list[Call]:
    """Guesses at one account, each from another address."""
    email = f"{secrets.token_hex(8)}@example.com"
    return [attempt(email, address()) for _ in range(CALLS)]


@pytest.mark.prove
def test_all_workers_and_instances_share_the_budget_of_an_address(
    deployment: Deployment, crowd: Crowd, tally: Tally
) -> None:
    for _ in range(count(1, 2, 50)):
        found = spread(crowd, deployment, by_address())

        tally.add(map(str, found.elements()))
        assert found == EXACTLY


@pytest.mark.prove
def test_all_workers_and_instances_share_the_budget_of_an_account(
    deployment: Deployment, crowd: Crowd, tally: Tally
) -> None:
    for _ in range(count(1, 2, 50)):
        found = spread(crowd, deployment, by_account())

        tally.add(map(str, found.elements()))
        assert found == EXACTLY


def test_a_redis_that_is_killed_and_comes_back_gives_nobody_more(deployment: Deployment, crowd: Crowd) -> None:
    calls = [by_address(), by_account()]
    found = [spread(crowd, deployment, each[:20]) for each in calls]
    if deployment.redis:
        deployment.redis.kill()
    found += [spread(crowd, deployment, each[20:40]) for each in calls]
    if deployment.redis:
        deployment.redis.start()
    found += [spread(crowd, deployment, each[40:]) for each in calls]

    assert found[0] + found[2] + found[4] == EXACTLY
    assert found[1] + found[3] + found[5] == EXACTLY
