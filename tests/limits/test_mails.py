"""A mailbox is sent no more than its budget, and nobody keeps its owner from a reset link."""

from datetime import timedelta

import pytest
from flask import Flask

from environment import Rate
from tests.cast import PASSWORD, Person, Service, code
from tests.conftest import MakeApp
from tests.errors.shape import assert_refused
from tests.limits.clients import ask, statuses

HOUR = timedelta(hours=1)
OWNER, NOBODY = "ada@example.com", "nobody@example.com"
FORGOT, RESEND = "/auth/password/forgot", "/auth/email/resend"


@pytest.fixture
def limiting(make_app: MakeApp) -> Flask:
    """Three mails an hour; Ada has an account."""
    app = make_app(rate_limits=True, mail_limit=Rate(3, HOUR))
    Person(app, OWNER).register()
    return app


@pytest.mark.parametrize("path", [FORGOT, RESEND])
@pytest.mark.parametrize("email", [OWNER, NOBODY])
def test_a_mailbox_has_one_budget_for_all_who_ask(limiting: Flask, path: str, email: str) -> None:
    answers = [ask(limiting, path, {"email": email}, peer=f"198.51.100.{number}") for number in range(4)]

    assert statuses(answers) == [202, 202, 202, 429]
    assert_refused(answers[3], 429, "rate_limited")


def test_a_client_has_one_budget_for_all_mailboxes(limiting: Flask) -> None:
    paths = [FORGOT, RESEND, FORGOT, RESEND]

    answers = [
        ask(limiting, path, {"email": f"{number}@example.com"}, peer="198.51.100.1")
        for number, path in enumerate(paths)
    ]

    assert statuses(answers) == [202, 202, 202, 429]


def test_other_mails_keep_nobody_from_a_reset_link(limiting: Flask) -> None:
    for number in range(4):
        ask(limiting, RESEND, {"email": OWNER}, peer=f"198.51.100.{number}")

    assert ask(limiting, FORGOT, {"email": OWNER}, peer="192.0.2.1").status_code == 202


def test_another_spelling_of_the_mailbox_gains_nothing(limiting: Flask) -> None:
    spelt = [OWNER, "ADA@example.com", "ada@EXAMPLE.COM", "Ada@Example.com"]

    answers = [
        ask(limiting, FORGOT, {"email": email}, peer=f"198.51.100.{number}") for number, email in enumerate(spelt)
    ]

    assert statuses(answers) == [202, 202, 202, 429]


def test_what_is_no_address_is_not_counted_for_a_mailbox(limiting: Flask) -> None:
    for number in range(4):
        ask(limiting, FORGOT, {"email": "no address"}, peer=f"198.51.100.{number}")

    assert ask(limiting, FORGOT, {"email": OWNER}, peer="192.0.2.1").status_code == 202


@pytest.mark.parametrize("email", [OWNER, NOBODY])
def test_applications_for_one_mailbox_are_counted_alike_for_known_and_unknown(make_app: MakeApp, email: str) -> None:
    Person(make_app(), OWNER).register()
    app = make_app(rate_limits=True, mail_limit=Rate(3, HOUR), registration="verified")
    body = {"email": email, "password": PASSWORD}

    answers = [ask(app, "/auth/register", body, peer=f"198.51.100.{number}") for number in range(4)]

    assert statuses(answers) == [202, 202, 202, 429]


def test_addresses_to_move_to_are_counted_by_client_and_by_mailbox(limiting: Flask) -> None:
    ada = Service(limiting, OWNER).log_in()

    def move(email: str, peer: str) -> tuple[int, str | None]:
        body = {"email": email, "password": PASSWORD}
        return code(ada.post("/me/email", json=body, environ_overrides={"REMOTE_ADDR": peer}))

    by_mailbox = [move(NOBODY, f"198.51.100.{number}") for number in range(4)]
    by_client = [move(f"{number}@example.com", "192.0.2.1") for number in range(4)]

    assert by_mailbox == by_client == [(202, None)] * 3 + [(429, "rate_limited")]


def test_a_wrong_password_costs_no_mailbox_its_mail(limiting: Flask) -> None:
    ada = Service(limiting, OWNER).log_in()
    for number in range(3):
        body = {"email": NOBODY, "password": "wrong"}
        ada.post("/me/email", json=body, environ_overrides={"REMOTE_ADDR": f"198.51.100.{number}"})

    body = {"email": NOBODY, "password": PASSWORD}
    answer = ada.post("/me/email", json=body, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})

    assert answer.status_code == 202
