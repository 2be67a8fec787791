"""Nobody can tell from an answer, nor from how long it took, whether an address has an account."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import count as counting
from random import SystemRandom
from time import perf_counter_ns
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Role
from tests.cast import PASSWORD, Browser, Person
from tests.conftest import MakeApp
from tests.counts import FIGURES, ONLY_PROVEN, count

SAMPLES = count(300, 300, 1000)  # of equal times 200 would exceed 0.6 by chance once in 140 runs, 300 in 3 000
NEAR_CHANCE = 0.6
WARM_UP = 20
KNOWN = SAMPLES + WARM_UP + 2
GUESS = "not anybody's password"
numbers = counting()

Body = Callable[[str], dict[str, Any]]
DOORS: dict[str, tuple[str, Body]] = {
    "login": ("/auth/login", lambda email: {"email": email, "password": GUESS}),
    "token": ("/auth/token", lambda email: {"email": email, "password": GUESS}),
    "register": ("/auth/register", lambda email: {"email": email, "password": PASSWORD}),
    "forgot": ("/auth/password/forgot", lambda email: {"email": email}),
    "resend": ("/auth/email/resend", lambda email: {"email": email}),
    "move": ("/me/email", lambda email: {"email": email, "password": PASSWORD}),
}
PROVEN = [pytest.param(door, marks=ONLY_PROVEN) for door in ("forgot", "move", "register", "resend")]
TIMED = ["login", *PROVEN]  # the work of /auth/token is that of login


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """An application in which addresses are verified before an account begins."""
    return make_app(registration="verified")


@pytest.fixture
def known(app: Flask) -> list[str]:
    """The addresses of as many accounts as are asked for: each address is met once, known or not."""
    emails = [address() for _ in range(KNOWN)]
    with app.app_context(), transaction():
        fields = users.checked(emails[0], PASSWORD, None)
        for email in emails:
            users.open_account({**fields, "email": email, "email_key": email}, roles=[Role.USER], verified=True)
    return emails


@pytest.fixture
def asking(app: Flask, known: list[str]) -> Person:
    """Somebody with an account, for the doors that ask for one."""
    return Browser(app, known.pop()).log_in()


def address() -> str:
    """Another address."""
    return f"somebody-{next(numbers):08}@example.com"


@pytest.mark.parametrize("door", DOORS)
def test_the_answer_is_the_same_byte_for_byte(asking: Person, known: list[str], door: str) -> None:
    path, body = DOORS[door]

    answers = [
        asking.post(path, json=body(email), headers={"X-Request-ID": "the-same"}) for email in (known.pop(), address())
    ]

    assert seen(answers[0]) == seen(answers[1])


@pytest.mark.prove
@pytest.mark.no_cover
@pytest.mark.parametrize("door", TIMED)
def test_the_time_is_the_same_as_far_as_anybody_can_tell(
    request: pytest.FixtureRequest, asking: Person, known: list[str], door: str
) -> None:
    path, body = DOORS[door]
    times: dict[bool, list[int]] = {True: [], False: []}
    order = [True, False] * (SAMPLES + WARM_UP)
    SystemRandom().shuffle(order)

    for is_known in order:
        email = known.pop() if is_known else address()
        began = perf_counter_ns()
        asking.post(path, json=body(email))
        times[is_known].append(perf_counter_ns() - began)

    area = area_under_curve(times[True][-SAMPLES:], times[False][-SAMPLES:])
    FIGURES.append(f"{request.node.name}: {SAMPLES} known, {SAMPLES} unknown, AUC {area:.3f}")
    assert max(area, 1 - area) <= NEAR_CHANCE


def seen(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a client sees."""
    return answer.status_code, answer.data, list(answer.headers)


def area_under_curve(left: list[int], right: list[int]) -> float:
    """How often a time of the left is the longer of a pair: of all classifiers by threshold, none does better (AUC)."""
    ranked = sorted(right)
    wins = sum(bisect_left(ranked, each) + bisect_right(ranked, each) for each in left) / 2
    return wins / (len(left) * len(right))


def test_a_difference_would_be_seen() -> None:
    assert area_under_curve([1, 2, 3], [1, 2, 3]) == 0.5
    assert area_under_curve([4, 5], [1, 2, 3]) == 1.0
