"""What servers, settings and databases do at the worst moment: no mail is lost, sent twice, or in the way of others."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult
from sqlalchemy.exc import OperationalError

from app.kit import clock
from app.kit.database import transaction
from app.mails import delivery
from app.mails import service as mails
from app.mails.delivery import Outcome
from app.mails.models import Mail
from app.users import service as users
from app.users.roles import Role
from environment import mail_route
from tests.cast import PASSWORD, Browser, Person
from tests.conftest import MakeApp
from tests.post import Sink, deliver, smtp_sink

EMAIL = "ada@example.com"


def test_a_notice_to_a_known_address_survives_a_server_that_is_busy(make_app: MakeApp) -> None:
    with smtp_sink() as sink:
        app = make_app(mail_url=mail_route(sink.url), registration="verified")
        with app.app_context(), transaction():
            users.add(EMAIL, PASSWORD, name=None, roles=[Role.USER], verified=True)
        Person(app).post("/auth/register", json={"email": EMAIL, "password": PASSWORD})
        sink.answers = ["451 Not now"]

        first = deliver(app)
        with time_machine.travel(clock.now() + timedelta(minutes=1)):
            second = deliver(app)

    assert (first, second) == (Outcome(postponed=1), Outcome(sent=1))


def refuse(*_: object) -> AuthResult:
    """Let nobody in."""
    return AuthResult(success=False)


def test_a_password_outside_ascii_postpones_the_mail(make_app: MakeApp) -> None:
    with smtp_sink(authenticator=refuse, auth_require_tls=False) as sink:
        app = make_app(mail_url=mail_route(f"smtp://u:p%C3%A4ss@127.0.0.1:{sink.port}"))
        Browser(app, EMAIL).register()

        assert deliver(app) == Outcome(postponed=1)


def test_a_host_that_cannot_be_postpones_the_mail(make_app: MakeApp) -> None:
    app = make_app(mail_url=mail_route("smtp://" + "x" * 64 + ".example"))
    Browser(app, EMAIL).register()

    assert deliver(app) == Outcome(postponed=1)


@pytest.mark.parametrize("url", ["http://[::1]:8000", "http://127.0.0.1:8000"])
def test_a_house_without_a_name_sends_mails_too(make_app: MakeApp, url: str) -> None:
    with smtp_sink() as sink:
        app = make_app(mail_url=mail_route(sink.url), public_url=url)
        Browser(app, EMAIL).register()

        assert deliver(app) == Outcome(sent=1)

    assert str(sink.envelopes[0].mail_from).startswith("noreply@[")


def test_a_mail_that_has_left_is_not_sent_again_because_the_database_is_busy(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, sink = mails.done, Sink().open()
    monkeypatch.setattr(delivery, "AGAIN_SECONDS", 0, raising=False)
    app = make_app(mail_url=mail_route(sink.url))
    Browser(app, EMAIL).register()

    def busy(_mail: Mail) -> bool:
        monkeypatch.setattr(mails, "done", done)
        raise OperationalError("DELETE", {}, Exception("database is locked"))

    monkeypatch.setattr(mails, "done", busy)
    with suppress(OperationalError):
        deliver(app)
    with time_machine.travel(clock.now() + mails.LEASE):
        deliver(app)

    sink.shut()
    assert len(sink.envelopes) == 1
