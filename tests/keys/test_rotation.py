"""What people feel of a changing ring: two workers, one database."""

from typing import Any

import pytest
from flask import Flask
from time_machine import TimeMachineFixture

from app.keys.ring import ring, synced
from app.kit import clock
from app.sessions import blocklist
from app.sessions.blocklist import Standing
from tests.cast import Browser, Service, code
from tests.keys.conftest import Keys, active


def elsewhere(person: Service, worker: Flask) -> Service:
    """The same person, answered by another worker."""
    twin = Service(worker, person.email)
    twin.access_token, twin.refresh_token = person.access_token, person.refresh_token
    return twin


def test_a_rotation_is_not_noticed(keys: Keys, robot: Service, other: Flask) -> None:
    twin = elsewhere(robot, other)
    assert twin.get("/me").status_code == 200

    keys("rotate")

    assert robot.get("/me").status_code == 200
    assert twin.get("/me").status_code == 200
    assert twin.keep(twin.refresh()).get("/me").status_code == 200


def test_a_token_under_a_new_key_counts_on_a_worker_that_has_not_heard_of_it(
    keys: Keys, robot: Service, other: Flask
) -> None:
    twin = elsewhere(robot, other)
    assert twin.get("/me").status_code == 200
    keys("rotate")
    robot.keep(robot.refresh())

    twin.access_token = robot.access_token

    assert twin.get("/me").status_code == 200


def test_a_revoked_key_kills_its_access_tokens_at_the_next_request_everywhere(
    keys: Keys, robot: Service, other: Flask
) -> None:
    twin = elsewhere(robot, other)
    assert twin.get("/me").status_code == 200

    keys("revoke", active(keys))

    answer = twin.get("/me")
    assert code(answer) == (401, "token_invalid")
    assert answer.get_json()["action"] == "refresh"
    assert code(robot.get("/me")) == (401, "token_invalid")


def test_a_key_that_is_revoked_while_a_request_is_judged_does_not_count_though_others_have_heard_of_it(
    keys: Keys, robot: Service, other: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin, standing = elsewhere(robot, other), blocklist.standing
    assert twin.get("/me").status_code == 200
    keys("revoke", active(keys))

    def standing_after_another_request(*given: Any, **named: Any) -> Standing:
        synced()
        return standing(*given, **named)

    monkeypatch.setattr(blocklist, "standing", standing_after_another_request)

    assert code(twin.get("/me")) == (401, "token_invalid")


def test_a_session_survives_the_revocation_of_its_key(keys: Keys, robot: Service, other: Flask) -> None:
    keys("revoke", active(keys))

    twin = elsewhere(robot, other)
    renewed = twin.refresh()

    assert renewed.status_code == 200
    assert twin.keep(renewed).get("/me").status_code == 200


def test_a_just_spent_refresh_token_under_a_revoked_key_counts_inside_the_window(
    keys: Keys, robot: Service, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(clock.now(), tick=False)
    first = robot.refresh().get_json()
    keys("revoke", active(keys))

    again = robot.refresh()

    assert again.status_code == 200
    assert again.get_json()["refresh_token"] != first["access_token"]


def test_nobody_trips_reuse_detection_with_a_leaked_key(keys: Keys, robot: Service) -> None:
    long_spent = robot.refresh_token
    robot.keep(robot.refresh())
    robot.keep(robot.refresh())
    keys("revoke", active(keys))

    assert code(robot.refresh(long_spent)) == (401, "refresh_invalid")

    assert robot.refresh().status_code == 200


def test_a_dead_session_says_nothing_to_a_revoked_key(keys: Keys, robot: Service) -> None:
    robot.post("/auth/logout")

    keys("revoke", active(keys))

    assert code(robot.refresh()) == (401, "refresh_invalid")


def test_end_sessions_ends_them_all_with_the_reason(keys: Keys, robot: Service, alice: Browser) -> None:
    said = keys("revoke", active(keys), "--end-sessions", "--json")

    assert said["sessions_ended"] == 2
    assert code(robot.refresh()) == (401, "refresh_invalid")
    assert code(alice.refresh()) == (401, "refresh_invalid")


def test_end_sessions_tells_why_to_tokens_under_other_keys(keys: Keys, robot: Service) -> None:
    leaked = active(keys)
    keys("rotate")
    robot.keep(robot.refresh())

    keys("revoke", leaked, "--end-sessions")

    assert robot.get("/me").get_json()["reason"] == "key_revoked"
    assert robot.refresh().get_json()["reason"] == "key_revoked"


@pytest.mark.parametrize("withdrawal", ["retire", "revoke"])
def test_an_authentic_token_under_a_withdrawn_key_clears_no_cookie(keys: Keys, alice: Browser, withdrawal: str) -> None:
    old = active(keys)
    keys("rotate")
    keys(withdrawal, old)

    answer = alice.get("/me")

    assert code(answer) == (401, "token_invalid")
    assert answer.headers.getlist("Set-Cookie") == []


def test_a_retired_key_takes_its_refresh_tokens_along(keys: Keys, robot: Service) -> None:
    old = active(keys)
    keys("rotate")

    keys("retire", old)

    assert code(robot.refresh()) == (401, "refresh_invalid")


@pytest.mark.parametrize(("before", "after"), [("HS256", "ES256"), ("EdDSA", "HS256")])
def test_a_change_of_algorithm_logs_nobody_out(
    keys: Keys, robot: Service, other: Flask, before: str, after: str
) -> None:
    keys("generate", "--algorithm", before)
    keys("rotate", "--now")
    robot.log_in()
    keys("generate", "--algorithm", after)

    keys("rotate", "--now")

    twin = elsewhere(robot, other)
    assert code(twin.get("/me")) == (401, "token_invalid")
    assert twin.keep(twin.refresh()).get("/me").status_code == 200


def test_the_other_family_never_verifies_access_tokens(keys: Keys, robot: Service) -> None:
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")

    assert code(robot.get("/me")) == (401, "token_invalid")


def test_logout_takes_a_refresh_token_under_a_key_of_the_other_family(keys: Keys, robot: Service) -> None:
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")
    kept = robot.refresh_token

    robot.post("/auth/logout", headers={"Authorization": f"Bearer {kept}"})

    assert code(robot.refresh(kept)) == (401, "session_ended")


def test_a_next_key_signs_nothing_that_counts(keys: Keys, app: Flask, robot: Service) -> None:
    keys("generate")
    (upcoming,) = (key for key in keys("list", "--json")["items"] if key["state"] == "next")

    with app.app_context():
        robot.get("/me")
        assert ring().active().kid != upcoming["kid"]


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_logout_is_judged_by_the_stored_ring_even_if_the_one_in_memory_trusts_another_family(
    keys: Keys, robot: Service, other: Flask, kind: str
) -> None:
    keys("generate", "--algorithm", "HS256")
    keys("rotate", "--now")
    robot.log_in()
    token = robot.access_token if kind == "access" else robot.refresh_token
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")
    twin = elsewhere(robot, other)
    assert code(twin.get("/me")) == (401, "token_invalid")
    keys("generate", "--algorithm", "HS512")
    keys("rotate", "--now")

    answer = twin.post("/auth/logout", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 204
    assert code(robot.refresh()) == (401, "session_ended")
