"""Redis in front of the counters: it turns floods away, and limits are as strict without it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from time_machine import TimeMachineFixture

from app.kit import shield
from environment import Rate
from tests.conftest import MakeApp
from tests.kit.counting import HOUR, MINUTE, counts, rows, wait, wait_doubling
from tests.kit.faults import listening
from tests.kit.logbook import logbook
from tests.patience import PATIENCE
from tests.redis_server import RedisServer, redis_server

OUTAGE = "redis out of reach: the database counts alone"
ANSWER_SECONDS = shield.ANSWER_SECONDS
SLOWEST = 10  # one connection and one question, a quarter of a second each, and the machine may be busy


pytestmark = pytest.mark.usefixtures("at")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "ANSWER_SECONDS", PATIENCE)  # a Redis on a busy machine is not away


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    with redis_server() as server:
        yield server


@pytest.fixture
def shielded(make_app: MakeApp, redis: RedisServer) -> Iterator[Flask]:
    """Three times a minute, behind Redis."""
    app = make_app(rate_limits=True, login_limit=Rate(3, MINUTE), redis_url=redis.url)
    with app.app_context():
        yield app


def statements(app: Flask, ask: Callable[[], object]) -> int:
    """How many statements this takes."""
    seen: list[object] = []
    with listening(app, "before_cursor_execute", lambda *said: seen.append(said)):
        ask()
    return len(seen)


def test_a_flood_is_turned_away_before_the_database(shielded: Flask) -> None:
    assert [wait() for _ in range(4)] == [0, 0, 0, 60]

    assert statements(shielded, lambda: [wait() for _ in range(20)]) == 0


def test_what_is_let_through_is_counted_by_the_database(shielded: Flask) -> None:
    assert statements(shielded, wait) == 1
    assert counts() == [1]


def test_a_shut_door_tells_the_true_time_where_windows_double(shielded: Flask) -> None:
    assert [wait_doubling(in_a_day=2) for _ in range(2)] == [0, 0]
    told = wait_doubling(in_a_day=2)

    again = wait_doubling(in_a_day=2)

    assert told - 1 <= again <= told
    assert told >= timedelta(hours=23) // timedelta(seconds=1)
    assert statements(shielded, lambda: wait_doubling(in_a_day=2)) == 0


@pytest.mark.usefixtures("shielded")
def test_when_the_window_ends_redis_lets_through_again(at: TimeMachineFixture) -> None:
    assert [wait() for _ in range(4)] == [0, 0, 0, 60]
    at.shift(timedelta(seconds=59))
    assert wait() == 1

    at.shift(timedelta(seconds=1))

    assert [wait() for _ in range(4)] == [0, 0, 0, 60]


@pytest.mark.usefixtures("shielded")
def test_instances_with_one_redis_share_their_refusals(make_app: MakeApp, redis: RedisServer) -> None:
    for _ in range(4):
        wait()

    other = make_app(rate_limits=True, login_limit=Rate(3, MINUTE), redis_url=redis.url)
    with other.app_context():
        assert statements(other, wait) == 0
        assert wait() > 0


@pytest.mark.usefixtures("shielded")
def test_nobody_is_named_in_redis(redis: RedisServer) -> None:
    for _ in range(4):
        wait("192.0.2.7")

    ((key, _),) = rows()
    assert [name.decode() for name in redis.client.scan_iter()] == [shield.PREFIX + key]
    left = int(str(redis.client.pttl(shield.PREFIX + key)))
    assert 0 < left <= MINUTE // timedelta(milliseconds=1)


@pytest.mark.usefixtures("shielded")
def test_a_redis_that_is_killed_in_the_middle_loosens_nothing(redis: RedisServer) -> None:
    assert [wait(), wait()] == [0, 0]
    redis.kill()

    assert wait() == 0
    assert [wait("ada") > 0 for _ in range(5)] == [True] * 5


@pytest.mark.usefixtures("shielded")
def test_a_redis_that_comes_back_empty_loosens_nothing(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "REST_SECONDS", 0.0)
    assert [wait() for _ in range(3)] == [0, 0, 0]
    redis.kill()
    assert wait() > 0
    redis.start()

    assert [wait() > 0 for _ in range(3)] == [True] * 3
    assert len(list(redis.client.scan_iter())) == 1


def test_a_mute_redis_costs_one_short_wait_and_loosens_nothing(
    make_app: MakeApp, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "ANSWER_SECONDS", ANSWER_SECONDS)
    monkeypatch.setattr(shield, "REST_SECONDS", PATIENCE)
    with make_app(rate_limits=True, login_limit=Rate(3, MINUTE), redis_url=redis.url).app_context():
        assert wait() == 0
        redis.fall_silent()
        began, asked = monotonic(), questions(monkeypatch)

        assert wait() == 0
        first = monotonic() - began
        assert [wait(), *(wait() > 0 for _ in range(20))] == [0, *[True] * 20]

    assert first < SLOWEST
    assert len(asked) <= 1


def questions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Redis is asked from now on."""
    asked: list[object] = []
    ask: Any = Redis.execute_command

    def noted(client: Redis, *words: object, **options: object) -> object:
        asked.append(words)
        return ask(client, *words, **options)

    monkeypatch.setattr(Redis, "execute_command", noted)
    return asked


def test_an_outage_is_said_once_and_so_is_its_end(
    make_app: MakeApp, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "REST_SECONDS", 0.0)
    redis.kill()
    with logbook() as book, make_app(rate_limits=True, redis_url=redis.url, log_level="info").app_context():
        for name in "abcdef":
            wait(name)
        redis.start()
        for name in "ghi":
            wait(name)

    assert [json.loads(line)["event"] for line in book.getvalue().splitlines()] == [OUTAGE, "redis is back"]
    assert str(redis.port) not in book.getvalue()


@pytest.mark.usefixtures("shielded")
def test_a_redis_that_failed_is_left_alone_for_a_while(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "REST_SECONDS", 10.0 * PATIENCE)
    redis.kill()
    wait("once")
    redis.start()

    for _ in range(5):
        wait()
    assert list(redis.client.scan_iter()) == []

    monkeypatch.setattr(shield, "monotonic", lambda: monotonic() + shield.REST_SECONDS)
    wait()
    assert len(list(redis.client.scan_iter())) == 1


@pytest.mark.usefixtures("shielded")
def test_a_redis_that_cannot_remember_loosens_nothing(redis: RedisServer) -> None:
    redis.client.config_set("maxmemory", 1)

    assert [wait() > 0 for _ in range(6)] == [False] * 3 + [True] * 3


@pytest.mark.usefixtures("shielded")
def test_a_redis_that_says_nonsense_is_not_believed(redis: RedisServer) -> None:
    for _ in range(4):
        wait()
    ((key, _),) = rows()
    redis.client.set(shield.PREFIX + key, b"\xff")

    assert wait() > 0
    assert counts() == [3]


def test_without_the_setting_no_redis_is_asked(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redis, "execute_command", None)

    with make_app(rate_limits=True, login_limit=Rate(1, HOUR)).app_context():
        assert [wait() > 0, wait() > 0] == [False, True]
