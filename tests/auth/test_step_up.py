"""POST /auth/step-up: the password once more, for an access token that is fresh."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from time_machine import TimeMachineFixture

from app.kit.database import db, transaction
from app.sessions.models import Session
from tests.auth.forging import claims_of
from tests.auth.jars import ACCESS, cleared, given
from tests.auth.tables import facts
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp

MINUTE = 60


def prove(person: Person, password: str = PASSWORD) -> tuple[int, str | None]:
    """Step up."""
    return code(person.post("/auth/step-up", json={"password": password}))


def fresh_until(alice: Browser) -> int:
    """What the access cookie says."""
    moment: int = claims_of(str(alice.cookie("access_token")))["fresh"]
    return moment


def test_a_step_up_moves_the_proof_of_password(alice: Browser, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(str(alice.cookie("access_token")))["iat"]
    time_machine.move_to(begun + 12 * MINUTE, tick=False)

    answer = alice.post("/auth/step-up", json={"password": PASSWORD})

    assert (answer.status_code, given(answer), answer.get_json()) == (200, ACCESS, {"expires_in": 900})
    assert fresh_until(alice) == begun + 22 * MINUTE


def test_what_follows_a_step_up_is_as_fresh(alice: Browser, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(str(alice.cookie("access_token")))["iat"]
    time_machine.move_to(begun + 12 * MINUTE, tick=False)
    prove(alice)
    time_machine.move_to(begun + 20 * MINUTE, tick=False)

    alice.refresh()

    assert fresh_until(alice) == begun + 22 * MINUTE


def test_by_bearer_a_step_up_answers_with_an_access_token_only(robot: Service) -> None:
    answer = robot.post("/auth/step-up", json={"password": PASSWORD})

    body = answer.get_json()
    assert body.keys() == {"access_token", "token_type", "expires_in"}
    assert robot.keep(answer).get("/me").status_code == 200
    assert robot.refresh().status_code == 200


def test_the_access_token_of_before_lives_on(robot: Service) -> None:
    assert prove(robot) == (200, None)

    assert robot.get("/me").status_code == 200


@pytest.mark.parametrize("password", ["", f"{PASSWORD} ", PASSWORD.upper(), "x" * 5000])
def test_a_wrong_password_is_no_proof(alice: Browser, time_machine: TimeMachineFixture, password: str) -> None:
    time_machine.move_to(claims_of(str(alice.cookie("access_token")))["iat"] + MINUTE, tick=False)
    before = facts(alice.app)

    answer = alice.post("/auth/step-up", json={"password": password})

    assert (*code(answer), given(answer), cleared(answer)) == (403, "invalid_password", frozenset(), frozenset())
    assert facts(alice.app) == before


def test_somebody_elses_password_is_no_proof(alice: Browser) -> None:
    Browser(alice.app, "carol@example.com").register("carols horse battery staple")

    assert prove(alice, "carols horse battery staple") == (403, "invalid_password")


def test_after_its_end_a_session_cannot_step_up(robot: Service) -> None:
    other = Service(robot.app, robot.email)
    other.access_token = robot.access_token
    robot.post("/auth/logout")

    answer = other.post("/auth/step-up", json={"password": PASSWORD})

    assert (*code(answer), answer.get_json()["reason"]) == (401, "session_ended", "logout")


def test_a_session_that_is_gone_cannot_step_up_though_its_token_still_opens(robot: Service) -> None:
    with robot.app.app_context(), transaction():
        db.session.execute(sa.delete(Session))

    assert robot.get("/me").status_code == 200
    assert prove(robot) == (401, "session_ended")


def test_in_the_seconds_of_leeway_after_its_end_a_session_cannot_step_up(
    robot: Service, make_app: MakeApp, time_machine: TimeMachineFixture
) -> None:
    short = Service(make_app(session_ttl=timedelta(minutes=5)), robot.email).log_in()
    time_machine.move_to(claims_of(short.access_token)["exp"] + 5, tick=False)

    answer = short.post("/auth/step-up", json={"password": PASSWORD})

    assert (*code(answer), answer.get_json().get("reason")) == (401, "session_ended", "expired")


def test_a_step_up_needs_a_password_and_nothing_else(alice: Browser) -> None:
    bodies = [{}, {"password": None}, {"password": PASSWORD, "email": alice.email}, []]

    found = [code(alice.post("/auth/step-up", json=body)) for body in bodies]

    assert found == [(422, "validation_failed")] * len(bodies)
