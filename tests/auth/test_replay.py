"""A refresh token that comes again: inside the window the same successor, outside it the end of the session."""

from threading import Barrier, Thread
from typing import Any

import pytest
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from app.auth import delivery, renewal
from app.keys.ring import Ring
from tests.auth.forging import bearer, claims_of
from tests.auth.jars import ACCESS, REFRESH, cleared
from tests.auth.tables import dump
from tests.cast import Browser, Service, code
from tests.conftest import MakeApp
from tests.kit.writing import fall_over

WINDOW = 10
THREADS = 8


def successor(answer: TestResponse) -> dict[str, Any]:
    """The claims of the refresh token in the answer."""
    return claims_of(answer.get_json()["refresh_token"])


def reason(answer: TestResponse) -> tuple[int, str | None, str | None]:
    """Status, code and the reason of an ended session."""
    return (*code(answer), answer.get_json().get("reason"))


def test_inside_the_window_the_same_successor_comes_again_however_often(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    begun = claims_of(robot.refresh_token)["iat"] + 60
    answers = []

    for moment in (0, 0, 1, 5.5, 9.999, WINDOW):
        time_machine.move_to(begun + moment, tick=False)
        answers.append(robot.refresh())

    assert [successor(answer) for answer in answers] == [successor(answers[0])] * len(answers)
    access = {claims_of(answer.get_json()["access_token"])["jti"] for answer in answers}
    assert len(access) == len(answers)


def test_the_lives_told_in_a_repeated_answer_are_what_is_left(robot: Service, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(robot.refresh_token)["iat"] + 60
    time_machine.move_to(begun, tick=False)
    robot.refresh()
    time_machine.move_to(begun + 7, tick=False)

    body = robot.refresh().get_json()

    assert (body["expires_in"], body["refresh_expires_in"]) == (900, 604800 - 7)


@pytest.mark.usefixtures("still")
def test_every_access_token_of_a_repeated_answer_counts(robot: Service) -> None:
    tokens = [robot.refresh().get_json()["access_token"] for _ in range(3)]

    assert [robot.get("/me", headers=bearer(token)).status_code for token in tokens] == [200] * 3


@pytest.mark.usefixtures("still")
def test_an_answer_that_failed_after_the_token_was_spent_is_given_when_it_is_asked_again(
    robot: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(delivery, "mint", fall_over)
        assert robot.refresh().status_code == 500
    before = claims_of(robot.refresh_token)["jti"]

    answer = robot.refresh()

    assert (answer.status_code, successor(answer)["jti"] != before) == (200, True)
    robot.keep(answer)
    assert (robot.get("/me").status_code, robot.refresh().status_code) == (200, 200)


def test_without_a_key_to_sign_with_no_token_is_spent(
    robot: Service, monkeypatch: pytest.MonkeyPatch, time_machine: TimeMachineFixture
) -> None:
    begun = claims_of(robot.refresh_token)["iat"] + 60
    time_machine.move_to(begun, tick=False)
    with monkeypatch.context() as without:
        without.setattr(renewal, "ring", lambda: Ring(1, {}, ()))
        assert code(robot.refresh()) == (503, "unavailable")
    time_machine.move_to(begun + WINDOW + 60, tick=False)

    assert robot.refresh().status_code == 200


def test_repeating_does_not_prolong_the_window(robot: Service, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(robot.refresh_token)["iat"] + 60
    for moment in (0, 4, 8):
        time_machine.move_to(begun + moment, tick=False)
        robot.refresh()
    time_machine.move_to(begun + WINDOW + 0.001, tick=False)

    assert code(robot.refresh()) == (401, "refresh_reused")


def test_the_successor_may_be_spent_at_any_time(robot: Service, time_machine: TimeMachineFixture) -> None:
    begun = claims_of(robot.refresh_token)["iat"] + 60
    time_machine.move_to(begun, tick=False)
    robot.keep(robot.refresh())
    time_machine.move_to(begun + 3600, tick=False)

    assert robot.refresh().status_code == 200


def test_once_its_successor_is_spent_a_token_ends_the_session_inside_the_window_too(robot: Service) -> None:
    old = robot.refresh_token
    robot.keep(robot.refresh())
    robot.keep(robot.refresh())

    assert code(robot.refresh(old)) == (401, "refresh_reused")
    assert reason(robot.refresh()) == (401, "session_ended", "refresh_reused")


def test_outside_the_window_a_spent_token_ends_the_session_with_all_its_tokens(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    begun, old, first_access = claims_of(robot.refresh_token)["iat"] + 60, robot.refresh_token, robot.access_token
    time_machine.move_to(begun, tick=False)
    robot.keep(robot.refresh())
    time_machine.move_to(begun + WINDOW + 1, tick=False)

    assert reason(robot.refresh(old)) == (401, "refresh_reused", None)

    later = [robot.refresh(old), robot.refresh(), robot.get("/me"), robot.get("/me", headers=bearer(first_access))]
    assert [reason(answer) for answer in later] == [(401, "session_ended", "refresh_reused")] * 4


def test_the_thief_who_came_first_is_thrown_out_too(robot: Service, time_machine: TimeMachineFixture) -> None:
    thief = Service(robot.app, robot.email)
    thief.access_token, thief.refresh_token = robot.access_token, robot.refresh_token
    time_machine.move_to(claims_of(robot.refresh_token)["iat"] + 60, tick=False)
    thief.keep(thief.refresh())
    time_machine.shift(WINDOW + 1)

    assert code(robot.refresh()) == (401, "refresh_reused")
    assert [reason(thief.get("/me")), reason(thief.refresh())] == [(401, "session_ended", "refresh_reused")] * 2


def test_other_sessions_of_the_same_person_are_not_touched(robot: Service) -> None:
    other = Service(robot.app, robot.email).log_in()
    old = robot.refresh_token
    robot.keep(robot.refresh())
    robot.keep(robot.refresh())

    assert code(robot.refresh(old)) == (401, "refresh_reused")
    assert (other.get("/me").status_code, other.refresh().status_code) == (200, 200)


def test_without_a_window_a_repetition_ends_the_session_even_in_the_same_instant(
    make_app: MakeApp, robot: Service, time_machine: TimeMachineFixture
) -> None:
    app = make_app(refresh_replay=robot.app.extensions["latchkey-config"].refresh_replay * 0)
    strict = Service(app, robot.email).log_in()
    time_machine.move_to(claims_of(strict.refresh_token)["iat"] + 60, tick=False)

    found = [code(strict.refresh()) for _ in range(3)]

    assert found == [(200, None), (401, "refresh_reused"), (401, "session_ended")]


@pytest.mark.usefixtures("still")
def test_a_replayed_cookie_brings_the_same_csrf_value_again(alice: Browser) -> None:
    old = {name: str(alice.cookie(name)) for name in ("refresh_token", "csrf_refresh_token")}
    alice.refresh()
    first = {name: str(alice.cookie(name)) for name in old}
    for name, value in old.items():
        alice.set_cookie(name, value)

    answer = alice.refresh()

    assert answer.status_code == 200
    assert claims_of(str(alice.cookie("refresh_token"))) == claims_of(first["refresh_token"])
    assert alice.cookie("csrf_refresh_token") == answer.headers["X-CSRF-Refresh"] == first["csrf_refresh_token"]


@pytest.mark.parametrize("with_header", [True, False])
def test_a_reused_cookie_is_answered_for_what_it_is_with_or_without_its_csrf_value(
    alice: Browser, time_machine: TimeMachineFixture, *, with_header: bool
) -> None:
    old = {name: str(alice.cookie(name)) for name in ("refresh_token", "csrf_refresh_token")}
    alice.refresh()
    time_machine.move_to(claims_of(old["refresh_token"])["iat"] + 60, tick=False)
    alice.set_cookie("refresh_token", old["refresh_token"])

    answer = alice.refresh(headers={"X-CSRF-TOKEN": old["csrf_refresh_token"] if with_header else ""})

    assert (*code(answer), cleared(answer)) == (401, "refresh_reused", REFRESH)
    later = alice.get("/me")
    assert (*reason(later), cleared(later)) == (401, "session_ended", "refresh_reused", ACCESS)


@pytest.mark.usefixtures("still")
def test_a_replay_inside_the_window_without_its_csrf_value_changes_nothing(alice: Browser) -> None:
    old = str(alice.cookie("refresh_token"))
    alice.refresh()
    before = dump(alice.app)
    alice.set_cookie("refresh_token", old)

    answer = alice.refresh(headers={"X-CSRF-TOKEN": "wrong"})

    assert (*code(answer), cleared(answer)) == (403, "csrf_failed", frozenset())
    assert dump(alice.app) == before


@pytest.mark.usefixtures("still")
def test_parallel_refreshes_of_one_token_get_one_successor(robot: Service) -> None:
    barrier, answers = Barrier(THREADS), list[TestResponse]()

    def refresh() -> None:
        tab = Service(robot.app, robot.email)
        barrier.wait()
        answers.append(tab.refresh(robot.refresh_token))

    threads = [Thread(target=refresh) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200] * THREADS
    assert len({successor(answer)["jti"] for answer in answers}) == 1
    assert robot.keep(answers[0]).refresh().status_code == 200
