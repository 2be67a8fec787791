"""The blocklist: every end leaves a word with its reason, for as long as a token could name it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit.database import db, transaction
from app.sessions import blocklist
from app.sessions.models import Blocked, Reason
from tests.auth.forging import bearer, claims_of
from tests.cast import Browser, Service, code

MARGIN = timedelta(seconds=70)


def rows(app: Flask) -> dict[str, tuple[str, datetime]]:
    """The blocklist: reason and end of each entry."""
    with app.app_context():
        return {row.id: (row.reason, row.expires_at) for row in db.session.scalars(sa.select(Blocked))}


def at(timestamp: int) -> datetime:
    """The moment of a NumericDate."""
    return datetime.fromtimestamp(timestamp, UTC)


def test_a_logout_blocks_the_session_until_its_last_refresh_token_is_dead_for_sure(robot: Service) -> None:
    access, refresh = claims_of(robot.access_token), claims_of(robot.refresh_token)

    robot.post("/auth/logout")

    assert rows(robot.app)[access["sid"]] == ("logout", at(refresh["exp"]) + MARGIN)


def test_a_logout_blocks_the_access_token_too_until_it_is_dead_for_sure(robot: Service) -> None:
    access = claims_of(robot.access_token)

    robot.post("/auth/logout")

    assert rows(robot.app)[access["jti"]] == ("logout", at(access["exp"]) + MARGIN)


def test_a_reuse_blocks_the_session_with_its_own_reason(robot: Service) -> None:
    spent = robot.refresh_token
    for _ in range(2):
        robot.keep(robot.refresh())

    robot.refresh(spent)

    sid, end = claims_of(robot.refresh_token)["sid"], claims_of(robot.refresh_token)["exp"]
    assert rows(robot.app) == {sid: ("refresh_reused", at(end) + MARGIN)}


def test_a_session_about_to_expire_is_blocked_while_an_access_token_could_live(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    end = claims_of(robot.refresh_token)["exp"]
    time_machine.move_to(end - 1, tick=False)

    robot.post("/auth/logout", headers=bearer(robot.refresh_token))

    ((_, until),) = rows(robot.app).values()
    assert until >= at(end) + timedelta(minutes=14) + MARGIN


def test_neither_live_nor_refused_sessions_leave_a_word(alice: Browser) -> None:
    alice.refresh()
    alice.post("/auth/login", json={"email": alice.email, "password": "not her password"})
    alice.set_cookie("access_token", "dead")
    alice.get("/me")

    assert rows(alice.app) == {}


def test_a_word_counts_until_the_last_second_in_which_a_token_could(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    end = claims_of(robot.access_token)["exp"]
    robot.post("/auth/logout")
    time_machine.move_to(end + 9.9, tick=False)
    Service(robot.app, robot.email).log_in().post("/auth/logout")

    assert code(robot.get("/me")) == (401, "session_ended")


def test_blocking_twice_keeps_the_first_reason(app: Flask) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)

    for reason in (Reason.LOGOUT, Reason.REVOKED_BY_ADMIN):
        with app.app_context(), transaction():
            blocklist.block("twice", reason, until=until)

    assert rows(app) == {"twice": ("logout", until + MARGIN)}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_to_the_access_and_to_the_refresh_token(robot: Service, reason: Reason) -> None:
    sid = claims_of(robot.refresh_token)["sid"]
    robot.post("/auth/logout")
    with robot.app.app_context(), transaction():
        db.session.execute(sa.delete(Blocked).where(Blocked.id != sid))
        db.session.execute(sa.update(Blocked).values(reason=str(reason)))

    answers = [robot.get("/me"), robot.refresh()]

    assert [(*code(answer), answer.get_json()["reason"]) for answer in answers] == [(401, "session_ended", reason)] * 2


def test_a_blocked_token_alone_ends_itself_only(robot: Service) -> None:
    with robot.app.app_context(), transaction():
        until = datetime.now(UTC) + timedelta(hours=1)
        blocklist.block(claims_of(robot.access_token)["jti"], Reason.REVOKED_BY_USER, until=until)

    answer = robot.get("/me")

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "revoked_by_user")
    assert robot.keep(robot.refresh()).get("/me").status_code == 200
