"""/me/sessions: where I am signed in, and how I end it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask

from app.kit import clock
from tests.auth.forging import claims_of
from tests.cast import PASSWORD, Browser, Person, Service, code

MINE = "/me/sessions"
DAY = timedelta(days=1)


def listed(who: Person, **query: Any) -> list[dict[str, Any]]:
    """My sessions, newest first."""
    answer = who.get(MINE, query_string=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def another(who: Person) -> Service:
    """The same person, signed in elsewhere."""
    return Service(who.app, who.email).log_in()


def ended(who: Person) -> list[tuple[Any, ...]]:
    """What the tokens of somebody are told."""
    refused = [who.get("/me"), who.refresh()] if isinstance(who, Browser | Service) else []
    return [(*code(answer), answer.get_json().get("reason")) for answer in refused]


def test_a_session_is_shown_with_its_device_as_it_was_sent(app: Flask) -> None:
    agent = 'Mozilla/5.0 (X11; Linux) "odd" <b>\u00fc</b>'
    alice = Browser(app, "alice@example.com").register()
    alice.post("/auth/login", json={"email": alice.email, "password": PASSWORD}, headers={"User-Agent": agent})

    (session,) = listed(alice)

    assert session.keys() == {"id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "current"}
    assert (session["ip"], session["user_agent"], session["current"]) == ("127.0.0.1", agent, True)
    assert session["id"] == claims_of(str(alice.cookie("access_token")))["sid"]


def test_a_device_that_cannot_be_stored_as_sent_keeps_nobody_out(app: Flask) -> None:
    robot = Service(app, "robot@example.com").register()
    signing_in = {
        "json": {"email": robot.email, "password": PASSWORD},
        "environ_overrides": {"HTTP_USER_AGENT": "a\0b"},
    }

    robot.keep(robot.post("/auth/token", **signing_in))

    assert listed(robot)[0]["user_agent"] == "ab"


def test_a_new_one_was_used_when_it_began_and_not_before(robot: Service) -> None:
    (session,) = listed(robot)

    assert session["created_at"] <= session["last_used_at"]


def test_it_ends_for_good_at_its_absolute_limit_and_is_used_by_refreshing(robot: Service) -> None:
    (before,) = listed(robot)
    with time_machine.travel(clock.now() + DAY):
        robot.keep(robot.refresh())
        (after,) = listed(robot)

    moments = {name: datetime.fromisoformat(after[name]) for name in ("created_at", "last_used_at", "expires_at")}
    assert timedelta(days=30) - (moments["expires_at"] - moments["created_at"]) < timedelta(minutes=1)
    assert (after["expires_at"], after["created_at"]) == (before["expires_at"], before["created_at"])
    assert moments["last_used_at"] - datetime.fromisoformat(before["last_used_at"]) >= DAY


def test_only_live_ones_are_listed_and_only_mine(robot: Service, mallory: Browser) -> None:
    another(robot).post("/auth/logout")

    assert [each["current"] for each in listed(robot)] == [True]
    assert listed(mallory)[0]["id"] != listed(robot)[0]["id"]


@pytest.mark.parametrize("later", [7 * DAY, 31 * DAY], ids=["idle", "absolute"])
def test_one_that_came_to_its_limit_is_listed_no_more(robot: Service, later: timedelta) -> None:
    with time_machine.travel(clock.now() + later + timedelta(minutes=1)):
        fresh = another(robot)

        assert [each["current"] for each in listed(fresh)] == [True]
        assert code(fresh.delete(f"{MINE}/{claims_of(robot.access_token)['sid']}")) == (404, "not_found")


@pytest.mark.parametrize(("late", "ended_as"), [(9, (204, None)), (11, (404, "not_found"))])
def test_one_past_its_idle_limit_can_be_ended_as_long_as_it_can_be_renewed(
    robot: Service, late: int, ended_as: tuple[int, str | None]
) -> None:
    limit = datetime.fromtimestamp(claims_of(robot.refresh_token)["exp"], UTC)
    with time_machine.travel(limit + timedelta(seconds=late), tick=False):
        answer = another(robot).delete(f"{MINE}/{claims_of(robot.access_token)['sid']}")

        assert code(answer) == ended_as
        assert code(robot.refresh()) == (401, "session_ended")


def test_the_list_comes_in_pages(robot: Service) -> None:
    for _ in range(4):
        another(robot)

    first = robot.get(MINE, query_string={"limit": 3})
    second = robot.get(first.headers["Link"].partition(">")[0][1:])

    ids = [each["id"] for answer in (first, second) for each in answer.get_json()["items"]]
    assert (len(ids), len(set(ids)), ids) == (5, 5, sorted(ids, reverse=True))
    assert second.get_json()["next_cursor"] is None


def test_one_of_mine_ends_and_is_told_why(robot: Service) -> None:
    phone = another(robot)

    assert code(robot.delete(f"{MINE}/{claims_of(phone.access_token)['sid']}")) == (204, None)

    assert ended(phone) == [(401, "session_ended", "revoked_by_user")] * 2
    assert robot.get("/me").status_code == 200


def test_i_may_end_the_one_i_speak_through(alice: Browser) -> None:
    assert code(alice.delete(f"{MINE}/{listed(alice)[0]['id']}")) == (204, None)

    assert code(alice.get("/me")) == (401, "session_ended")


def test_somebody_elses_session_does_not_exist(robot: Service, mallory: Browser) -> None:
    theirs = claims_of(robot.access_token)["sid"]

    answers = [mallory.delete(f"{MINE}/{each}") for each in (theirs, uuid4(), "x")]

    assert [code(each) for each in answers] == [(404, "not_found")] * 3
    assert robot.get("/me").status_code == 200


def test_one_that_has_ended_does_not_exist_any_more(robot: Service) -> None:
    phone = another(robot)
    phone.post("/auth/logout")

    assert code(robot.delete(f"{MINE}/{claims_of(phone.access_token)['sid']}")) == (404, "not_found")
    assert ended(phone)[0][2] == "logout"


def test_all_others_end_and_this_one_stays(robot: Service, mallory: Browser) -> None:
    others = [another(robot), another(robot)]

    assert code(robot.delete(MINE, query_string={"keep": "current"})) == (204, None)

    assert [ended(each) for each in others] == [[(401, "session_ended", "logout_everywhere")] * 2] * 2
    assert [len(listed(robot)), robot.refresh().status_code, mallory.get("/me").status_code] == [1, 200, 200]


def test_all_end_with_this_one(robot: Service) -> None:
    phone = another(robot)

    assert code(robot.delete(MINE)) == (204, None)

    assert ended(phone) + ended(robot) == [(401, "session_ended", "logout_everywhere")] * 4


@pytest.mark.parametrize("keep", ["all", "", "CURRENT", "current "])
def test_a_bad_word_for_what_to_keep_ends_nothing(robot: Service, keep: str) -> None:
    assert code(robot.delete(MINE, query_string={"keep": keep})) == (422, "validation_failed")
    assert robot.get("/me").status_code == 200
