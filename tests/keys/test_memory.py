"""What a worker remembers of tokens that it has verified: little, not for long, and nothing that anybody could use."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from time_machine import TimeMachineFixture

from app.auth import claims as remembering
from app.auth.claims import Claims, Memory, memory
from app.auth.tokens import Kind
from app.auth.verification import BadToken, verify
from app.keys.ring import Ring
from tests.auth.forging import bearer, claims_of
from tests.cast import Service, code
from tests.keys.conftest import commands

NONE = Ring(1, {}, ())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """A memory that is full soon."""
    monkeypatch.setattr(remembering, "MOST", 10)
    return 10


def known(app: Flask) -> int:
    """How many tokens the application remembers."""
    with app.app_context():
        return len(memory())


def some_claims(robot: Service) -> Claims:
    """What a token says."""
    with robot.app.app_context():
        return verify(robot.access_token, Kind.ACCESS)


def test_a_token_is_verified_once(robot: Service) -> None:
    with robot.app.app_context():
        first = verify(robot.access_token, Kind.ACCESS)

        assert verify(robot.access_token, Kind.ACCESS) is first


def test_a_refresh_token_is_not_remembered(robot: Service) -> None:
    before = known(robot.app)

    with robot.app.app_context():
        verify(robot.refresh_token, Kind.REFRESH)

    assert known(robot.app) == before


def test_a_refused_token_is_not_remembered_nor_let_in_the_second_time(robot: Service) -> None:
    forged = robot.access_token[:-4] + "AAAA"
    before = known(robot.app)

    answers = [code(robot.get("/me", headers=bearer(forged))) for _ in range(3)]

    assert answers == [(401, "token_invalid")] * 3
    assert known(robot.app) == before


def test_a_remembered_token_does_not_vouch_for_another_kind(robot: Service) -> None:
    robot.get("/me")

    with robot.app.app_context(), pytest.raises(BadToken):
        verify(robot.access_token, Kind.REFRESH)


def test_a_remembered_token_expires_all_the_same(robot: Service, time_machine: TimeMachineFixture) -> None:
    robot.get("/me")

    time_machine.move_to(claims_of(robot.access_token)["exp"] + 10, tick=False)

    assert code(robot.get("/me")) == (401, "token_expired")


def test_a_remembered_token_has_not_begun_when_the_clock_goes_back(
    robot: Service, time_machine: TimeMachineFixture
) -> None:
    robot.get("/me")

    time_machine.move_to(claims_of(robot.access_token)["iat"] - 11, tick=False)

    assert code(robot.get("/me")) == (401, "token_invalid")


@pytest.mark.parametrize("change", ["rotate", "revoke"])
def test_every_change_of_the_ring_empties_the_memory(robot: Service, change: str) -> None:
    with robot.app.app_context():
        kept = memory()
        kid = kept.under.active().kid
    robot.get("/me")

    commands(robot.app)(*(["rotate", "--now"] if change == "rotate" else ["revoke", kid]))
    robot.get("/me")

    with robot.app.app_context():
        assert memory() is not kept
        assert memory().under.version > kept.under.version
    assert known(robot.app) == (1 if change == "rotate" else 0)


def test_it_holds_so_many_and_lets_the_oldest_go(robot: Service, small: int) -> None:
    kept, claims = Memory(NONE), some_claims(robot)
    verified: list[str] = []

    def verify_anew() -> Claims:
        verified.append("once more")
        return claims

    for name in [*range(small + 1), small, 0]:
        kept.recall(str(name), verify_anew)

    assert len(kept) == small
    assert len(verified) == small + 2  # the last one was there, the first had gone


def test_it_holds_digests_and_no_token(robot: Service) -> None:
    robot.get("/me")

    with robot.app.app_context():
        held = memory()._known

    assert sha256(robot.access_token.encode()).digest() in held
    assert robot.access_token not in repr(held)


def test_a_token_that_two_verify_at_once_costs_no_other_its_place(robot: Service, small: int) -> None:
    kept, claims = Memory(NONE), some_claims(robot)
    for name in range(small):
        kept.recall(str(name), lambda: claims)

    kept.recall("same", lambda: kept.recall("same", lambda: claims))  # the one is there before the other has verified

    assert len(kept) == small


def test_threads_that_fill_it_together_keep_it_whole(robot: Service, small: int) -> None:
    kept, claims = Memory(NONE), some_claims(robot)

    with ThreadPoolExecutor(8) as hands:
        found = list(hands.map(lambda turn: kept.recall(str(turn % 37), lambda: claims), range(5000)))

    assert all(each is claims for each in found)
    assert len(kept) == small


def test_a_session_that_ended_is_refused_however_well_its_token_is_remembered(robot: Service) -> None:
    before = [robot.get("/me").status_code for _ in range(3)]

    robot.post("/auth/logout")

    assert before == [200] * 3
    assert code(robot.get("/me")) == (401, "session_ended")
    assert timedelta(0) < some_claims(robot).expires_at - some_claims(robot).begins_at
