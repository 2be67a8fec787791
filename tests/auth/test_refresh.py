"""POST /auth/refresh: a refresh token is spent, and a session has exactly one that is live."""

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import TimeMachineFixture

from app.kit.database import db, transaction
from app.kit.secrets import random_id
from app.sessions.models import Session
from app.users import service as users
from app.users.models import User
from app.users.roles import Role
from tests.auth.forging import ABSENT, bearer, claims_of, forged
from tests.auth.jars import REFRESH, cleared, crumbs
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import MakeApp

DAY, MINUTE = 86400, 60
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


def delete_user(app: Flask, email: str) -> None:
    """Take the account away by hand, without a word in the blocklist."""
    with app.app_context(), transaction():
        db.session.execute(sa.delete(User).where(User.email == email))


def test_a_refresh_gives_the_successor_and_a_new_access_token(robot: Service) -> None:
    old = (robot.access_token, robot.refresh_token)

    body = robot.refresh().get_json()

    assert body.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in"}
    assert not {body["access_token"], body["refresh_token"]} & set(old)
    renewed = robot.keep(robot.refresh(body["refresh_token"]))
    assert renewed.get("/me").status_code == 200


@pytest.mark.usefixtures("still")
def test_the_new_access_token_says_what_its_own_user_may_do_now(admin: Browser, robot: Service) -> None:
    assert admin.get("/me").get_json()["roles"] == ["admin", "user"]
    before = claims_of(robot.keep(robot.refresh()).access_token)["roles"]
    with robot.app.app_context(), transaction():
        users.grant(users.id_of(robot.email), Role.VIEWER)

    after = [claims_of(robot.refresh(token).get_json()["access_token"])["roles"] for token in [robot.refresh_token] * 2]

    assert before == ["user"]
    assert after == [["user", "viewer"]] * 2  # a replay, too


def test_an_access_token_lives_on_after_the_refresh(robot: Service) -> None:
    robot.refresh()

    assert robot.get("/me").status_code == 200


def test_the_session_stays_the_same_through_every_refresh(robot: Service) -> None:
    first = claims_of(robot.access_token)["sid"]

    for _ in range(3):
        robot.keep(robot.refresh())

    assert {claims_of(token)["sid"] for token in (robot.access_token, robot.refresh_token)} == {first}
    assert len(dump(robot.app)["sessions"]) == 1


def test_every_refresh_begins_the_seven_days_anew(robot: Service, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(robot.refresh_token)["iat"]
    ends = []

    for day in (6, 12, 18):
        time_machine.move_to(begun + day * DAY, tick=False)
        robot.keep(robot.refresh())
        ends.append(claims_of(robot.refresh_token)["exp"] - begun)

    assert ends == [13 * DAY, 19 * DAY, 25 * DAY]


def test_no_token_outlives_the_session(robot: Service, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(robot.refresh_token)["iat"]
    for day in (6, 12, 18, 24):
        time_machine.move_to(begun + day * DAY, tick=False)
        robot.keep(robot.refresh())
    time_machine.move_to(begun + 30 * DAY - 5 * MINUTE, tick=False)

    body = robot.keep(robot.refresh()).refresh().get_json()

    claims = [claims_of(body[name]) for name in ("access_token", "refresh_token")]
    assert [each["exp"] for each in claims] == [begun + 30 * DAY] * 2
    assert (body["expires_in"], body["refresh_expires_in"]) == (5 * MINUTE, 5 * MINUTE)


@pytest.mark.parametrize("late", [0, 9, 10, 3600])
def test_at_its_end_the_session_is_expired(robot: Service, time_machine: TimeMachineFixture, late: int) -> None:
    begun = claims_of(robot.refresh_token)["iat"]
    for day in (6, 12, 18, 24):
        time_machine.move_to(begun + day * DAY, tick=False)
        robot.keep(robot.refresh())
    time_machine.move_to(begun + 30 * DAY + late, tick=False)

    answer = robot.refresh()

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "expired")


def test_a_short_session_caps_the_first_tokens_too(make_app: MakeApp, robot: Service) -> None:
    app = make_app(session_ttl=robot.app.extensions["latchkey-config"].access_token_ttl / 3)

    short = Service(app, robot.email).log_in()

    begun = claims_of(short.refresh_token)["iat"]
    assert [claims_of(token)["exp"] - begun for token in (short.access_token, short.refresh_token)] == [300, 300]


def test_an_expired_refresh_token_ends_nothing_and_clears_nothing(
    alice: Browser, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(claims_of(str(alice.cookie("refresh_token")))["exp"] + 10, tick=False)
    before = dump(alice.app)

    answer = alice.refresh()

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "expired")
    assert crumbs(answer) == []
    assert dump(alice.app) == before


def test_a_refresh_token_that_expired_after_a_logout_still_says_logout(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    robot.post("/auth/logout")
    time_machine.move_to(claims_of(robot.refresh_token)["exp"] + 30, tick=False)

    answer = robot.refresh()

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "logout")


def test_the_proof_of_password_is_carried_over_unchanged(robot: Service, time_machine: TimeMachineFixture) -> None:
    fresh = claims_of(robot.access_token)["fresh"]
    time_machine.move_to(fresh - MINUTE, tick=False)
    robot.keep(robot.refresh())
    time_machine.move_to(fresh + DAY, tick=False)
    robot.keep(robot.refresh())

    assert claims_of(robot.access_token)["fresh"] == fresh


def test_the_new_access_token_carries_todays_roles(robot: Service) -> None:
    with robot.app.app_context(), transaction():
        users.grant(users.id_of(robot.email), Role.SUPPORT)

    robot.keep(robot.refresh())

    assert claims_of(robot.access_token)["roles"] == ["support", "user"]


def test_a_bearer_session_stays_one_and_a_cookie_session_too(robot: Service, alice: Browser) -> None:
    token = str(alice.cookie("refresh_token"))

    by_bearer = robot.refresh().get_json()
    of_cookies = alice.refresh(headers=bearer(token)).get_json()

    assert ["csrf" in claims_of(body["refresh_token"]) for body in (by_bearer, of_cookies)] == [False, True]


def test_an_authentic_token_of_no_session_of_ours_is_invalid(robot: Service) -> None:
    token = forged(robot.app, robot.refresh_token, claims={"sid": UNKNOWN})

    answer = robot.refresh(token)

    assert code(answer) == (401, "refresh_invalid")


def test_a_stolen_session_id_under_another_jti_ends_the_session(robot: Service) -> None:
    answer = robot.refresh(forged(robot.app, robot.refresh_token, claims={"jti": random_id()}))

    assert code(answer) == (401, "refresh_reused")
    assert code(robot.refresh()) == (401, "session_ended")


def test_a_deleted_users_refresh_token_is_invalid(robot: Service) -> None:
    delete_user(robot.app, robot.email)

    assert code(robot.refresh()) == (401, "refresh_invalid")


def test_a_deleted_users_refresh_cookie_is_cleared(alice: Browser) -> None:
    delete_user(alice.app, alice.email)

    answer = alice.refresh()

    assert (*code(answer), cleared(answer)) == (401, "refresh_invalid", REFRESH)


def test_a_deleted_user_is_still_told_why_the_session_ended(robot: Service) -> None:
    robot.post("/auth/logout")
    delete_user(robot.app, robot.email)

    answers = [robot.refresh(), robot.get("/me")]

    assert [(*code(answer), answer.get_json().get("reason")) for answer in answers] == [
        (401, "session_ended", "logout")
    ] * 2


def test_a_refresh_moves_last_used_at_and_nothing_else_does(robot: Service, time_machine: TimeMachineFixture) -> None:
    def last_used() -> float:
        with robot.app.app_context():
            return db.session.scalars(sa.select(Session.last_used_at)).one().timestamp()

    begun = claims_of(robot.refresh_token)["iat"]
    seen = [last_used()]
    for path in ("/me", "/auth/refresh", "/tasks", "/auth/step-up"):
        time_machine.move_to(begun + MINUTE * len(seen), tick=False)
        method = "POST" if path.startswith("/auth") else "GET"
        robot.request(method, path, json={"password": PASSWORD})
        seen.append(last_used())

    assert [int(moment - begun) for moment in seen] == [0, 0, 2 * MINUTE, 2 * MINUTE, 4 * MINUTE]


@pytest.mark.usefixtures("still")
def test_a_refresh_ignores_a_body(robot: Service) -> None:
    headers = bearer(robot.refresh_token)

    answers = [
        robot.post("/auth/refresh", headers=headers, data="{", content_type=media_type)
        for media_type in ("application/json", "text/plain")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_refresh_token_needs_its_type(robot: Service) -> None:
    assert code(robot.refresh(forged(robot.app, robot.refresh_token, claims={"type": ABSENT}))) == (
        401,
        "refresh_invalid",
    )
