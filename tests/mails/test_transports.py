"""The ways out: SMTP with and without TLS and login, a directory, the console."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask

from app.mails.delivery import Outcome, send_due
from environment import mail_route
from tests.cast import Browser
from tests.conftest import MakeApp
from tests.mails.certificates import certified
from tests.post import Sink, deliver, mute_server, smtp_sink

EMAIL = "ada@example.com"
Send = Callable[..., Outcome]


@pytest.fixture
def send(make_app: MakeApp) -> Send:
    """Registers somebody in an application with these settings, and sends the mail of it."""

    def send(url: str, email: str = EMAIL, **changes: Any) -> Outcome:
        app = make_app(mail_url=mail_route(url), **changes)
        Browser(app, email).register()
        return deliver(app)

    return send


def let_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    """Know one user and her password."""
    known = LoginPassword(b"u@x", b"p:q")
    return AuthResult(success=isinstance(given, LoginPassword) and given == known)


def test_a_mail_goes_by_starttls_and_login(send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with smtp_sink(tls_context=context, require_starttls=True, authenticator=let_in, auth_required=True) as sink:
        address = f"127.0.0.1:{sink.port}?starttls=1"

        right = send(f"smtp://u%40x:p%3Aq@{address}", "right@example.com")
        monkeypatch.setattr("app.kit.mail.STEP_SECONDS", 1)  # aiosmtpd falls silent after a refused login
        wrong = send(f"smtp://u%40x:wrong@{address}", "wrong@example.com")

    assert (right, wrong) == (Outcome(sent=1), Outcome(postponed=1))
    assert [each.rcpt_tos for each in sink.envelopes] == [["right@example.com"]]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(send: Send, tmp_path: Path) -> None:
    context, _ = certified(tmp_path)
    with smtp_sink(tls_context=context) as sink:
        outcome = send(f"smtp://u:p@127.0.0.1:{sink.port}?starttls=1")

    assert (outcome, sink.envelopes) == (Outcome(postponed=1), [])


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{}?starttls=1", "smtps://127.0.0.1:{}"])
def test_a_server_without_tls_gets_nothing_where_tls_is_asked(send: Send, url: str) -> None:
    with smtp_sink() as sink:
        outcome = send(url.format(sink.port))

    assert (outcome, sink.envelopes) == (Outcome(postponed=1), [])


def test_a_mail_goes_by_tls_from_the_first_byte(send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with smtp_sink(ssl_context=context) as sink:
        assert send(f"smtps://127.0.0.1:{sink.port}") == Outcome(sent=1)

    assert len(sink.envelopes) == 1


def test_an_address_outside_ascii_goes_where_the_server_takes_it(send: Send) -> None:
    with smtp_sink(enable_SMTPUTF8=True) as able:
        sent = send(able.url, "j\u00f6rg@b\u00fccher.example")
    with smtp_sink(enable_SMTPUTF8=False) as unable:
        given_up = send(unable.url, "j\u00f6rg@example.org")

    assert (sent, given_up) == (Outcome(sent=1), Outcome(given_up=1))
    assert able.envelopes[0].rcpt_tos == ["j\u00f6rg@xn--bcher-kva.example"]


def test_several_mails_go_in_one_connection(send: Send, make_app: MakeApp) -> None:
    connections: list[Session] = []

    class Watched(Sink):
        async def handle_EHLO(  # noqa: N802  aiosmtpd finds it by this name
            self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
        ) -> list[str]:
            connections.append(session)
            session.host_name = hostname
            return responses

    sink = Watched()
    for number in range(3):
        Browser(make_app(), f"somebody-{number}@example.com").register()
    sink.open()

    outcome = send(sink.url)

    sink.shut()
    assert (outcome, len(connections)) == (Outcome(sent=4), 1)


def test_a_directory_has_one_file_a_mail_for_nobody_elses_eyes(send: Send, tmp_path: Path) -> None:
    folder, shared = tmp_path / "deep" / "mails", tmp_path

    send(f"file:{folder}")
    send(f"file:{folder}", "bob@example.com")
    send(f"file:{shared}", "eve@example.com")

    assert [each.suffix for each in folder.iterdir()] == [".eml", ".eml"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in [*folder.iterdir(), *shared.glob("*.eml")]} == {0o600}


def test_a_directory_that_cannot_be_written_loses_no_mail(send: Send, tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("no folder")

    assert send(f"file:{tmp_path}/mails") == Outcome(postponed=1)


def test_in_development_the_console_shows_the_link(send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    send("console:")

    said = capsys.readouterr().out
    assert said.startswith(f"\nTo: {EMAIL}\nSubject: Confirm your address for localhost:8000\n")
    assert "http://localhost:8000/#/verify?token=" in said


@pytest.mark.usefixtures("log_as_before")
def test_in_production_the_console_shows_recipient_and_subject_only(
    send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    send("console:", app_env="production", bcrypt_rounds=10, rate_limits=True, log_level="info")

    captured = capsys.readouterr()
    (line,) = [json.loads(each) for each in captured.err.splitlines() if "mail" in each]
    assert (line["to"], line["subject"]) == (EMAIL, "Confirm your address for localhost:8000")
    assert "token" not in captured.out + captured.err


def test_a_mail_server_that_is_mute_is_left_soon(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kit.mail.STEP_SECONDS", 0.2)
    app: Flask = make_app()
    with mute_server() as port:
        mute = make_app(mail_url=mail_route(f"smtp://127.0.0.1:{port}"))
        Browser(app, EMAIL).register()

        assert send_due(mute, Event()) == Outcome(postponed=1)
