"""An account is tried no oftener than its budget, from however many addresses, and its owner gets in all the same."""

from datetime import timedelta

import pytest
from flask import Flask
from time_machine import TimeMachineFixture
from werkzeug.test import TestResponse

from app.kit.database import transaction
from app.users import networks
from app.users import service as users
from environment import Rate
from tests.cast import PASSWORD, Person, Service, code
from tests.conftest import MakeApp
from tests.errors.shape import assert_refused
from tests.kit.faults import listening
from tests.limits.clients import WRONG, ask, sign_in, statuses

MINUTE = timedelta(minutes=1)
HOME = "192.0.2.1"
OWNER = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """A clock that stands still."""
    time_machine.move_to(1_795_600_000, tick=False)
    return time_machine


@pytest.fixture
def limiting(make_app: MakeApp, clock: TimeMachineFixture) -> Flask:
    """Three a minute; Ada has an account and has signed in from home."""
    assert clock is not None
    app = make_app(rate_limits=True, login_limit=Rate(3, MINUTE))
    Person(app, OWNER).register()
    assert sign_in(app, OWNER, peer=HOME).status_code == 200
    clock.shift(timedelta(days=2))
    return app


def guess(app: Flask, times: int, *, email: str = OWNER, net: int = 1) -> list[TestResponse]:
    """Wrong passwords, each from another address."""
    return [sign_in(app, email, WRONG, peer=f"198.51.{net}.{number}") for number in range(times)]


def test_all_strangers_together_have_one_budget(limiting: Flask) -> None:
    answers = guess(limiting, 5)

    assert statuses(answers) == [401, 401, 401, 429, 429]
    assert_refused(answers[4], 429, "rate_limited")
    assert answers[4].headers["Retry-After"] == "60"


def test_each_window_that_strangers_use_up_doubles_the_next(limiting: Flask, clock: TimeMachineFixture) -> None:
    told = []
    for net in range(4):
        told.append(guess(limiting, 4, net=net)[-1].headers.get("Retry-After"))
        clock.shift(timedelta(seconds=int(told[-1] or 0)))

    assert told == ["60", "120", "240", "480"]


def test_the_owner_gets_in_from_home_whatever_strangers_do(limiting: Flask) -> None:
    guess(limiting, 20)

    assert statuses([sign_in(limiting, OWNER, peer=HOME) for _ in range(3)]) == [200] * 3


def test_at_home_the_owner_has_a_budget_too_and_it_does_not_double(limiting: Flask, clock: TimeMachineFixture) -> None:
    for _ in range(3):
        answers = [sign_in(limiting, OWNER, WRONG, peer=HOME) for _ in range(4)]

        assert statuses(answers) == [401, 401, 401, 429]
        assert answers[-1].headers["Retry-After"] == "60"
        clock.shift(MINUTE)


def test_guesses_at_home_take_nothing_from_strangers(limiting: Flask) -> None:
    for _ in range(4):
        sign_in(limiting, OWNER, WRONG, peer=HOME)

    assert statuses(guess(limiting, 4)) == [401, 401, 401, 429]


def test_a_new_network_is_a_stranger_until_the_account_signs_in_there(limiting: Flask) -> None:
    assert sign_in(limiting, OWNER, peer="203.0.113.5").status_code == 200
    guess(limiting, 9)

    found = [sign_in(limiting, OWNER, peer=peer).status_code for peer in ("203.0.113.5", "203.0.113.6")]

    assert found == [200, 429]


def test_a_whole_slash_64_is_one_home(limiting: Flask) -> None:
    assert sign_in(limiting, OWNER, peer="2001:db8:0:1::1").status_code == 200
    guess(limiting, 9)

    found = [sign_in(limiting, OWNER, peer=peer).status_code for peer in ("2001:db8:0:1::2", "2001:db8:0:2::1")]

    assert found == [200, 429]


def test_a_failed_attempt_makes_no_network_known(limiting: Flask) -> None:
    guess(limiting, 3)

    assert sign_in(limiting, OWNER, peer="198.51.1.0").status_code == 429


def test_whoever_proves_the_mailbox_is_no_stranger(limiting: Flask) -> None:
    guess(limiting, 9)
    with limiting.app_context(), transaction():
        networks.remember(users.id_of(OWNER), "203.0.113.9")

    assert sign_in(limiting, OWNER, peer="203.0.113.9").status_code == 200


def test_other_accounts_notice_nothing(limiting: Flask) -> None:
    Person(limiting, "bob@example.com").register()
    guess(limiting, 9)

    assert sign_in(limiting, "bob@example.com", peer="198.51.1.9").status_code == 200


@pytest.mark.parametrize("spelt", ["ADA@example.com", "ada@EXAMPLE.com"])
def test_another_spelling_of_the_address_gains_nothing(limiting: Flask, spelt: str) -> None:
    guess(limiting, 3)

    assert statuses(guess(limiting, 1, email=spelt, net=2)) == [429]


@pytest.mark.parametrize(
    "email", [NOBODY, "no address", "x" * 5000 + "@example.com", "@", "\N{KELVIN SIGN}@\N{KELVIN SIGN}"]
)
def test_an_unknown_account_is_answered_byte_for_byte_the_same(limiting: Flask, email: str) -> None:
    name = "the-same"
    told = {
        each: [sign_in(limiting, each, WRONG, peer=f"198.51.{net}.{number}", X_Request_ID=name) for number in range(6)]
        for net, each in enumerate((OWNER, email), start=20)
    }

    seen = [[(answer.status, answer.data, list(answer.headers)) for answer in answers] for answers in told.values()]
    assert seen[0] == seen[1]
    assert statuses(told[email]) == [401] * 3 + [429] * 3


def test_an_unknown_account_asks_the_database_the_same(limiting: Flask) -> None:
    asked = []
    for net, email in enumerate((OWNER, NOBODY), start=30):
        seen: list[str] = []
        with listening(limiting, "before_cursor_execute", lambda *said, seen=seen: seen.append(said[2])):
            guess(limiting, 5, email=email, net=net)
        asked.append(seen)

    assert asked[0] == asked[1]


def test_a_bad_body_is_not_counted_for_the_account(limiting: Flask) -> None:
    for number in range(5):
        assert ask(limiting, "/auth/login", {"email": OWNER}, peer=f"198.51.3.{number}").status_code == 422

    assert statuses(guess(limiting, 4)) == [401, 401, 401, 429]


def test_a_right_password_counts_as_an_attempt(limiting: Flask) -> None:
    guess(limiting, 3)

    assert sign_in(limiting, OWNER, peer="198.51.77.1").status_code == 429


def test_passwords_inside_a_session_have_a_budget_by_session(make_app: MakeApp, clock: TimeMachineFixture) -> None:
    app = make_app(rate_limits=True, login_limit=Rate(3, MINUTE))
    robot = Service(app, OWNER).register().log_in()
    other = Service(app, OWNER).log_in()

    wrong = [code(robot.post("/auth/step-up", json={"password": WRONG})) for _ in range(3)]
    refusal = robot.post("/auth/step-up", json={"password": PASSWORD})

    assert wrong == [(403, "invalid_password")] * 3
    assert_refused(refusal, 429, "rate_limited")
    assert refusal.headers["Retry-After"] == "60"
    assert other.post("/auth/step-up", json={"password": PASSWORD}).status_code == 200
    clock.shift(MINUTE)
    assert robot.post("/auth/step-up", json={"password": PASSWORD}).status_code == 200


def test_inside_a_session_a_day_has_no_more_tries_than_strangers_have(
    make_app: MakeApp, clock: TimeMachineFixture
) -> None:
    app = make_app(rate_limits=True, login_limit=Rate(3, MINUTE), access_token_ttl=timedelta(days=1))
    robot = Service(app, OWNER).register().log_in()
    weighed = 0

    for _ in range(12):
        answers = [robot.post("/auth/step-up", json={"password": WRONG}) for _ in range(4)]
        weighed += sum(code(answer) == (403, "invalid_password") for answer in answers)
        clock.shift(timedelta(minutes=1, seconds=1))

    assert weighed == 30


def test_inside_a_session_the_body_comes_before_the_limit(make_app: MakeApp) -> None:
    robot = Service(make_app(rate_limits=True, login_limit=Rate(2, MINUTE)), OWNER).register().log_in()

    assert [robot.post("/auth/step-up", json={}).status_code for _ in range(4)] == [422] * 4
    assert robot.post("/auth/step-up", json={"password": PASSWORD}).status_code == 200
