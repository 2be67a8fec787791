"""A day in the life of an account under attack."""

from datetime import timedelta

import bcrypt
import pytest
from flask import Flask
from time_machine import TimeMachineFixture

from tests.cast import Person
from tests.conftest import MakeApp
from tests.counts import ONLY_PROVEN, count
from tests.limits.clients import WRONG, sign_in, statuses

OWNER = "ada@example.com"
HOME = "192.0.2.1"
PROXY = "127.0.0.1"
DAY = timedelta(days=1)
HOURS = 24
PER_ADDRESS = 10
IN_A_DAY = 100
GUESSES = count(240, 1_000, 10_000)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every password that reaches bcrypt to be compared."""
    seen: list[bytes] = []
    check = bcrypt.checkpw

    def checkpw(password: bytes, stored: bytes) -> bool:
        seen.append(password)
        return check(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return seen


def of_client(number: int) -> str:
    """The X-Forwarded-For of the nth client, which tries to hide behind another address."""
    return f"10.0.0.{number % 250}, 198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}"


@pytest.mark.prove
def test_ten_thousand_guesses_from_a_thousand_addresses_get_a_hundred_chances(
    make_app: MakeApp, time_machine: TimeMachineFixture, hashed: list[bytes]
) -> None:
    time_machine.move_to(1_795_600_000, tick=False)
    app = make_app(rate_limits=True, trusted_proxies=1)
    Person(app, OWNER).register()
    assert sign_in(app, OWNER, peer=PROXY, X_Forwarded_For=HOME).status_code == 200
    hashed.clear()
    by_owner = []

    for number in range(GUESSES):
        client = of_client(number % (GUESSES // PER_ADDRESS))
        sign_in(app, OWNER, f"{WRONG} {number}", peer=PROXY, X_Forwarded_For=client)
        if number % (GUESSES // HOURS) == 0:
            by_owner.append(sign_in(app, OWNER, peer=PROXY, X_Forwarded_For=HOME))
        time_machine.shift(DAY / GUESSES)

    assert set(statuses(by_owner)) == {200}
    assert len(by_owner) >= HOURS
    assert len(hashed) - len(by_owner) == IN_A_DAY - 1  # at her first sign-in the owner was a stranger herself


@ONLY_PROVEN
@pytest.mark.parametrize("pause", [timedelta(seconds=1), timedelta(minutes=7), timedelta(minutes=14)])
def test_no_rhythm_of_guessing_gets_more_out_of_two_days(
    make_app: MakeApp, time_machine: TimeMachineFixture, hashed: list[bytes], pause: timedelta
) -> None:
    time_machine.move_to(1_795_600_000, tick=False)
    app = make_app(rate_limits=True, trusted_proxies=1)

    passed = _greedy(app, time_machine, pause)

    assert len(hashed) == len(passed)
    assert all(
        later - earlier >= DAY.total_seconds() for earlier, later in zip(passed, passed[IN_A_DAY:], strict=False)
    )
    assert IN_A_DAY < len(passed) <= 2 * IN_A_DAY


def _greedy(app: Flask, time_machine: TimeMachineFixture, pause: timedelta) -> list[float]:
    """When guesses were let through in two days to somebody who waits as told, or `pause` after each."""
    passed, now, number = [], 0.0, 0
    while now < 2 * DAY.total_seconds():
        answer = sign_in(app, OWNER, WRONG, peer=PROXY, X_Forwarded_For=of_client(number))
        if answer.status_code == 401:
            passed.append(now)
        step = float(answer.headers.get("Retry-After", pause.total_seconds()))
        time_machine.shift(timedelta(seconds=step))
        now, number = now + step, number + 1
    return passed
