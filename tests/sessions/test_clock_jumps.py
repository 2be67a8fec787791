"""A clock that is wrong for a while, and put right: nothing revoked comes back, no window is stretched or loosened."""

from datetime import timedelta

import pytest
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit import clock
from environment import Rate
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import MakeApp

HOUR = timedelta(hours=1)
A_WEEK_AND_MORE = timedelta(days=7, hours=12)


def pruned(app: Flask) -> str:
    """What is deleted by whoever prunes now."""
    done = app.test_cli_runner().invoke(args=["sessions", "prune"])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def jump(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """A clock that stands still until it is moved."""
    time_machine.move_to(clock.now(), tick=False)
    return time_machine


def test_what_was_revoked_stays_so_when_others_pruned_by_a_clock_that_ran_ahead(
    robot: Service, jump: TimeMachineFixture
) -> None:
    assert robot.post("/auth/logout").status_code == 204

    jump.shift(A_WEEK_AND_MORE)
    pruned(robot.app)
    jump.shift(-A_WEEK_AND_MORE)

    assert [code(robot.get("/me")), code(robot.refresh())] == [(401, "session_ended")] * 2


def test_a_clock_put_back_does_not_stretch_the_replay_window(robot: Service, jump: TimeMachineFixture) -> None:
    spent = robot.refresh_token
    jump.shift(HOUR)
    robot.keep(robot.refresh())

    jump.shift(-HOUR / 2)

    assert code(robot.refresh(spent)) == (401, "refresh_reused")


def test_clocks_that_differ_by_seconds_leave_the_replay_window_open(robot: Service, jump: TimeMachineFixture) -> None:
    spent = robot.refresh_token
    assert robot.refresh().status_code == 200

    jump.shift(timedelta(seconds=-5))

    assert robot.refresh(spent).status_code == 200


def test_tokens_of_a_future_that_was_not_count_again_when_it_has_come(robot: Service, jump: TimeMachineFixture) -> None:
    jump.shift(HOUR)
    robot.log_in()

    jump.shift(-HOUR)
    early = [code(robot.get("/me")), code(robot.refresh())]
    again = Service(robot.app, robot.email).log_in().get("/me").status_code
    jump.shift(HOUR)

    assert early == [(401, "token_invalid"), (401, "refresh_invalid")]
    assert again == 200
    assert [robot.get("/me").status_code, robot.refresh().status_code] == [200, 200]


@pytest.mark.parametrize("shift", [-HOUR, timedelta(seconds=-20)])
def test_a_clock_put_back_loosens_no_limit(
    make_app: MakeApp, robot: Service, jump: TimeMachineFixture, shift: timedelta
) -> None:
    stranger = Browser(make_app(rate_limits=True, login_limit=Rate(3, timedelta(minutes=1))))
    guess = {"email": robot.email, "password": "a guess"}
    before = [stranger.post("/auth/login", json=guess).status_code for _ in range(4)]

    jump.shift(shift)
    after = [stranger.post("/auth/login", json=guess) for _ in range(3)]

    assert before == [401, 401, 401, 429]
    assert [each.status_code for each in after] == [429, 429, 429]
    assert int(after[0].headers["Retry-After"]) <= 60 - shift.total_seconds()


def test_a_clock_put_forward_opens_each_window_once(
    make_app: MakeApp, robot: Service, jump: TimeMachineFixture
) -> None:
    strict = Browser(make_app(rate_limits=True, login_limit=Rate(2, timedelta(minutes=1))))
    guess = {"email": robot.email, "password": PASSWORD}
    jump.shift(HOUR)

    statuses = [strict.post("/auth/login", json=guess).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
