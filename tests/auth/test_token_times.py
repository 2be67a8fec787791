"""When a token counts: from `nbf` and `iat` to `exp`, with ten seconds of leeway on both sides."""

import pytest
from time_machine import TimeMachineFixture

from app.kit import clock
from tests.auth.forging import bearer, claims_of, forged
from tests.auth.jars import crumbs
from tests.cast import Browser, Service, code

LEEWAY = 10
KINDS = ["access", "refresh"]


def knock(robot: Service, kind: str, token: str | None = None) -> tuple[int, str | None]:
    """What the route that wants this kind of token says."""
    if kind == "access":
        return code(robot.get("/me", headers=bearer(token or robot.access_token)))
    return code(robot.refresh(token or robot.refresh_token))


def good(robot: Service, kind: str) -> str:
    """The robot's token of this kind."""
    return robot.access_token if kind == "access" else robot.refresh_token


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_counts_until_its_exp_and_ten_seconds_more(
    robot: Service, time_machine: TimeMachineFixture, kind: str
) -> None:
    end = claims_of(good(robot, kind))["exp"] + LEEWAY

    time_machine.move_to(end - 0.001, tick=False)

    assert knock(robot, kind) == (200, None)


def test_an_access_token_is_expired_ten_seconds_after_its_exp(robot: Service, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(claims_of(robot.access_token)["exp"] + LEEWAY, tick=False)

    assert knock(robot, "access") == (401, "token_expired")


def test_a_refresh_token_is_expired_ten_seconds_after_its_exp(robot: Service, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(claims_of(robot.refresh_token)["exp"] + LEEWAY, tick=False)

    answer = robot.refresh()

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "expired")


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_the_future_counts_within_the_leeway_only(
    robot: Service, time_machine: TimeMachineFixture, kind: str, name: str
) -> None:
    token = good(robot, kind)
    now = claims_of(token)["iat"]
    time_machine.move_to(now, tick=False)

    beyond = knock(robot, kind, forged(robot.app, token, claims={name: now + LEEWAY + 1}))
    within = knock(robot, kind, forged(robot.app, token, claims={name: now + LEEWAY}))

    assert beyond == (401, "token_invalid" if kind == "access" else "refresh_invalid")
    assert within == (200, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_clock_that_is_ten_seconds_behind_takes_a_new_token(
    robot: Service, time_machine: TimeMachineFixture, kind: str
) -> None:
    time_machine.move_to(claims_of(good(robot, kind))["iat"] - LEEWAY, tick=False)

    assert knock(robot, kind) == (200, None)


def test_a_token_that_is_forged_and_expired_is_forged(robot: Service, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(claims_of(robot.access_token)["exp"] + 3600, tick=False)

    assert knock(robot, "access", robot.access_token[:-4] + "AAAA") == (401, "token_invalid")


def test_an_expired_cookie_is_told_so_and_stays_in_the_jar(alice: Browser, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(claims_of(str(alice.cookie("access_token")))["exp"] + LEEWAY, tick=False)

    answer = alice.get("/me")

    assert (*code(answer), crumbs(answer)) == (401, "token_expired", [])
    assert alice.refresh().status_code == 200
    assert alice.get("/me").status_code == 200


def test_an_expired_cookie_is_told_so_before_its_csrf_value_is_asked_for(
    alice: Browser, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(claims_of(str(alice.cookie("access_token")))["exp"] + LEEWAY, tick=False)
    alice.drop_cookie("csrf_access_token")

    assert code(alice.patch("/me", json={})) == (401, "token_expired")


def test_a_token_says_who_for_whom_and_how_long_and_nothing_private(
    alice: Browser, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(clock.now(), tick=False)
    alice.log_in()
    access = claims_of(str(alice.cookie("access_token")))
    refresh = claims_of(str(alice.cookie("refresh_token")))

    both = {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "type", "csrf"}
    assert access.keys() == both | {"roles", "fresh"}
    assert refresh.keys() == both
    assert (access["exp"] - access["iat"], refresh["exp"] - refresh["iat"]) == (900, 604800)
    assert (access["roles"], access["fresh"] - access["iat"]) == (["user"], 600)
    assert access["jti"] != refresh["jti"]
    assert access["csrf"] != refresh["csrf"]
    assert access["sid"] == refresh["sid"]
