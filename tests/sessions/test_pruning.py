"""What is over for good goes: a few rows with every write, all of them by command, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit import clock, pruning
from app.kit.database import db, transaction
from app.kit.secrets import random_id
from app.sessions import blocklist
from app.sessions import service as sessions
from app.sessions.models import Blocked, Reason, Session
from app.users import service as users
from tests.cast import Service

TURNS = 8
EACH_TIME = 20 * TURNS
MANY = EACH_TIME + 5
HOUR = timedelta(hours=1)
MARGIN = timedelta(seconds=70)


def block(app: Flask, count: int, *, expired: timedelta) -> None:
    """Put words into the blocklist that may go since so long ago."""
    end = datetime.now(UTC) - blocklist.KEPT_ON - expired
    with app.app_context(), transaction():
        for _ in range(count):
            db.session.add(Blocked(id=random_id(), reason=str(Reason.LOGOUT), expires_at=end))


def begin(app: Flask, user_id: UUID, count: int, *, expired: timedelta) -> None:
    """Begin sessions whose last refresh token expired so long ago."""
    end = datetime.now(UTC) - expired
    with app.app_context(), transaction():
        for _ in range(count):
            db.session.add(
                Session(
                    user_id=user_id,
                    by_cookie=False,
                    refresh_jti=random_id(),
                    spent_jti=None,
                    rotated_at=end,
                    refresh_expires_at=end,
                    fresh_until=end,
                    expires_at=end + HOUR,
                    ip="192.0.2.1",
                    user_agent=None,
                )
            )


def left(app: Flask) -> tuple[int, int]:
    """How many sessions and blocklist rows there are."""
    with app.app_context():
        counts = [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Session, Blocked)]
    return int(counts[0] or 0), int(counts[1] or 0)


def id_of(robot: Service) -> UUID:
    """The robot's account."""
    with robot.app.app_context():
        return users.id_of(robot.email)


def count_anew(app: Flask) -> None:
    """Forget what other tests wrote in this process."""
    app.extensions[pruning.EXTENSION].clear()


def counts_of(writes: int) -> list[int]:
    """How many rows there are after each of so many writes, if one of `TURNS` takes `EACH_TIME` of `MANY` away."""
    return [write + max(0, MANY - write // TURNS * EACH_TIME) for write in range(1, writes + 1)]


def test_one_login_of_eight_takes_a_bounded_number_of_expired_sessions_away(robot: Service) -> None:
    begin(robot.app, id_of(robot), MANY, expired=HOUR)
    before, seen = 1, []  # the robot has logged in already

    count_anew(robot.app)
    for _ in range(2 * TURNS):
        robot.log_in()
        seen.append(left(robot.app)[0] - before)

    assert seen == counts_of(2 * TURNS)


def test_one_blocking_of_eight_takes_a_bounded_number_of_expired_words_away(app: Flask) -> None:
    block(app, MANY, expired=HOUR)
    seen = []

    count_anew(app)
    for _ in range(2 * TURNS):
        with app.app_context(), transaction():
            blocklist.block(random_id(), Reason.LOGOUT, until=datetime.now(UTC) + HOUR)
        seen.append(left(app)[1])

    assert seen == counts_of(2 * TURNS)


def test_nothing_that_could_still_be_named_is_pruned(robot: Service, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(clock.now(), tick=False)
    begin(robot.app, id_of(robot), 3, expired=MARGIN - timedelta(seconds=5))
    block(robot.app, 3, expired=timedelta(seconds=-5))
    before = left(robot.app)

    with robot.app.app_context(), transaction():
        gone = sessions.prune(batch=1000)

    assert (gone, left(robot.app)) == (0, before)
    assert (robot.get("/me").status_code, robot.refresh().status_code) == (200, 200)


def test_the_command_prunes_everything_and_prints_how_much(robot: Service) -> None:
    begin(robot.app, id_of(robot), MANY, expired=HOUR)
    block(robot.app, MANY, expired=HOUR)
    block(robot.app, 2, expired=-HOUR)

    result = robot.app.test_cli_runner().invoke(args=["sessions", "prune"])

    assert (result.exit_code, result.stdout) == (0, f"{2 * MANY}\n")
    assert left(robot.app) == (1, 2)


def test_the_command_works_in_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sessions.commands.BATCH", 10)
    block(app, 25, expired=HOUR)

    result = app.test_cli_runner().invoke(args=["sessions", "prune"])

    assert result.stderr.splitlines() == ["10 rows deleted", "20 rows deleted", "25 rows deleted"]
    assert (result.stdout, left(app)) == ("25\n", (0, 0))


def test_with_nothing_to_prune_the_command_says_so(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["sessions", "prune"])

    assert (result.exit_code, result.stdout, result.stderr) == (0, "0\n", "")


@pytest.mark.parametrize(
    "arguments", [["sessions", "prune", "now"], ["sessions", "burn"], ["sessions", "prune", "--x"]]
)
def test_a_misspelt_command_is_a_usage_error(app: Flask, arguments: list[str]) -> None:
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [["sessions", "--help"], ["sessions", "prune", "--help"]])
def test_help_says_what_a_command_does(app: Flask, arguments: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=arguments)

    assert result.exit_code == 0
    assert "expired sessions" in result.stdout


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_who_prune_at_once_do_not_wait_for_each_other(app: Flask) -> None:
    block(app, 4, expired=HOUR)
    with app.app_context():
        engine = db.engine

    with engine.begin() as other:
        held = other.execute(sa.select(Blocked.id).order_by(Blocked.id).limit(2).with_for_update()).all()
        with app.app_context(), transaction():
            gone = blocklist.prune(10)

    assert (len(held), gone, left(app)[1]) == (2, 2, 2)
