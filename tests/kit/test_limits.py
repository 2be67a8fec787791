"""Windows that are counted in the database: exact, anchored at their first hit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit import limits
from app.kit.counters import RateCounter
from app.kit.database import db, read, transaction
from app.kit.limits import CountedTooLate, Limit
from environment import Rate
from tests.conftest import MakeApp
from tests.kit.counting import HOUR, MINUTE, counts, rows, wait, wait_doubling


@pytest.mark.usefixtures("counting", "at")
def test_a_window_has_room_for_its_amount() -> None:
    assert [wait() for _ in range(5)] == [0, 0, 0, 60, 60]


@pytest.mark.usefixtures("counting")
def test_a_window_begins_with_its_first_hit(at: TimeMachineFixture) -> None:
    assert wait() == 0
    at.shift(timedelta(seconds=59.5))
    assert [wait() for _ in range(3)] == [0, 0, 1]

    at.shift(timedelta(seconds=0.499))
    assert wait() == 1
    at.shift(timedelta(seconds=0.001))

    assert [wait() for _ in range(4)] == [0, 0, 0, 60]


@pytest.mark.usefixtures("counting", "at")
def test_each_subject_and_each_limit_has_a_count_of_its_own() -> None:
    for _ in range(3):
        wait()

    limits.count(Limit.LOGIN, session="ada")
    limits.count(Limit.LOGIN, account="ada", network="192.0.2.1")
    limits.count(Limit.MAIL, account="ada")

    assert (wait("bob"), wait()) == (0, 60)


@pytest.mark.usefixtures("counting", "at")
def test_no_two_subjects_are_mixed_up() -> None:
    subjects = [{"a": "b", "c": "d"}, {"a": "b,c", "d": ""}, {"a": 'b"], ["c", "d'}, {"ab": "cd"}, {"a": "\ud800"}]

    for each in subjects:
        limits.count(Limit.LOGIN, **each)

    assert counts() == [1] * len(subjects)


@pytest.mark.usefixtures("counting", "at")
def test_what_is_refused_is_not_written() -> None:
    for _ in range(50):
        wait()

    assert counts() == [3]


@pytest.mark.parametrize("doubling", [False, True])
def test_hits_in_the_same_instant_are_all_counted(make_app: MakeApp, *, doubling: bool) -> None:
    app = make_app(rate_limits=True, login_limit=Rate(17, HOUR))

    def attempt(_: int) -> int:
        with app.app_context():
            return wait_doubling(in_a_day=13) if doubling else wait()

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(attempt, range(60)))

    assert waits.count(0) == (13 if doubling else 17)


@pytest.mark.usefixtures("counting", "at")
def test_nobody_is_named_in_the_clear() -> None:
    limits.count(Limit.LOGIN, account="ada@example.com", network="192.0.2.7")
    limits.count_doubling(Limit.LOGIN, in_a_day=5, account="ada@example.com")

    text = repr(read(sa.select(RateCounter.__table__)))

    assert len(rows()) == 3
    assert not [word for word in ("ada", "example", "192", "login") if word in text]


def test_the_keys_are_of_this_deployment(make_app: MakeApp) -> None:
    for secret in ("a" * 40, "b" * 40):
        with make_app(rate_limits=True, secret_key=secret).app_context():
            limits.count(Limit.LOGIN, network="192.0.2.7")

    assert len({key for key, _ in _rows_of(make_app())}) == 2


def _rows_of(app: Flask) -> list[tuple[str, int]]:
    with app.app_context():
        return rows()


@pytest.mark.usefixtures("counting")
def test_nothing_is_counted_once_the_transaction_is_open() -> None:
    with transaction():
        db.session.execute(sa.text("SELECT 1"))

        with pytest.raises(CountedTooLate):
            limits.count(Limit.LOGIN, account="ada")


def test_whoever_counts_too_late_is_told_even_where_nothing_is_counted(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(sa.text("SELECT 1"))

        with pytest.raises(CountedTooLate):
            limits.count(Limit.LOGIN, account="ada")


def test_off_means_that_nothing_is_counted(make_app: MakeApp) -> None:
    with make_app(rate_limits=False, login_limit=Rate(1, MINUTE)).app_context():
        assert [wait(), wait(), wait_doubling(in_a_day=1), wait_doubling(in_a_day=1)] == [0, 0, 0, 0]
        assert rows() == []


@pytest.mark.usefixtures("counting")
def test_what_says_nothing_any_more_is_pruned_on_the_way(at: TimeMachineFixture) -> None:
    for number in range(limits.HITS_PER_PRUNING - 1):
        wait(str(number))
    at.shift(MINUTE)

    for number in range(2):
        wait(f"later {number}")

    assert counts() == [1, 1]


@pytest.mark.usefixtures("counting")
def test_pruning_keeps_to_its_batch_and_leaves_what_still_counts(at: TimeMachineFixture) -> None:
    for number in range(5):
        wait(str(number))
    at.shift(timedelta(seconds=59.999))
    assert limits.prune(10) == 0
    at.shift(timedelta(seconds=0.001))
    wait("later")

    assert [limits.prune(3), limits.prune(3), limits.prune(3)] == [3, 2, 0]
    assert len(rows()) == 1
