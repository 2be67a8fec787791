"""Where windows double, and a day has its own budget."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from time_machine import TimeMachineFixture

from app.kit import limits
from environment import Rate
from tests.conftest import MakeApp
from tests.kit.counting import DAY, HOUR, MINUTE, wait_doubling


@pytest.mark.usefixtures("counting")
def test_each_window_that_was_used_up_makes_the_next_twice_as_long_up_to_an_hour(at: TimeMachineFixture) -> None:
    lengths = []
    for _ in range(9):
        assert [wait_doubling() for _ in range(3)] == [0, 0, 0]
        lengths.append(wait_doubling() / 60)
        at.shift(timedelta(minutes=lengths[-1]))

    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.usefixtures("counting")
def test_a_window_that_was_not_used_up_makes_the_next_short(at: TimeMachineFixture) -> None:
    for length in (1, 2, 4):
        assert [wait_doubling() for _ in range(4)] == [0, 0, 0, length * 60]
        at.shift(length * MINUTE)

    wait_doubling()
    at.shift(8 * MINUTE)

    assert [wait_doubling() for _ in range(4)] == [0, 0, 0, 60]


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(("quiet", "length"), [(DAY - timedelta(milliseconds=1), 240), (DAY, 60)])
def test_a_day_of_quiet_makes_the_next_window_short(at: TimeMachineFixture, quiet: timedelta, length: int) -> None:
    for _ in range(2):
        assert [wait_doubling() for _ in range(3)] == [0, 0, 0]
        at.shift(timedelta(seconds=wait_doubling()))

    at.shift(quiet)

    assert [wait_doubling() for _ in range(4)] == [0, 0, 0, length]


def test_windows_longer_than_an_hour_do_not_double(make_app: MakeApp, at: TimeMachineFixture) -> None:
    with make_app(rate_limits=True, login_limit=Rate(1, DAY)).app_context():
        for _ in range(3):
            assert [wait_doubling(), wait_doubling()] == [0, DAY.total_seconds()]
            at.shift(DAY)


@pytest.mark.usefixtures("counting")
def test_no_twenty_four_hours_let_more_through_than_the_day_has(at: TimeMachineFixture) -> None:
    passed: list[datetime] = []
    for _ in range(170):
        at.shift(timedelta(minutes=21, seconds=1))
        passed += [datetime.now(UTC) for _ in range(2) if not wait_doubling(in_a_day=20)]

    spans = [late - early for early, late in zip(passed, passed[20:], strict=False)]
    assert min(spans) >= DAY
    assert len(passed) >= 40
    assert max(late - early for early, late in pairwise(passed)) <= DAY + HOUR


@pytest.mark.usefixtures("counting")
def test_a_day_that_is_used_up_says_when_it_has_room_again(at: TimeMachineFixture) -> None:
    at.move_to(datetime(2026, 11, 25, 12, 59, 59, tzinfo=UTC), tick=False)
    assert [wait_doubling(in_a_day=2) for _ in range(2)] == [0, 0]

    told = wait_doubling(in_a_day=2)

    assert told == 24 * 3600 + 1
    at.shift(timedelta(seconds=told - 1))
    assert wait_doubling(in_a_day=2) == 1
    at.shift(timedelta(seconds=1))
    assert wait_doubling(in_a_day=2) == 0


@pytest.mark.usefixtures("counting")
def test_what_the_short_window_refuses_does_not_use_up_the_day(at: TimeMachineFixture) -> None:
    for _ in range(100):
        wait_doubling(in_a_day=6)
    at.shift(MINUTE)

    assert [wait_doubling(in_a_day=6) for _ in range(4)] == [0, 0, 0, 120]


@pytest.mark.usefixtures("counting")
def test_pruning_forgets_no_doubled_window(at: TimeMachineFixture) -> None:
    for _ in range(3):
        wait_doubling()
    at.shift(23 * HOUR)
    limits.prune(100)

    assert [wait_doubling() for _ in range(4)] == [0, 0, 0, 120]
