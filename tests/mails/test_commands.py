"""`flask mail ...` from the command line."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.mails import service as mails
from environment import mail_route
from tests.cast import Browser
from tests.conftest import SECRET, MakeApp
from tests.live.server import CHECKOUT, clean_environment, command
from tests.patience import PATIENCE
from tests.post import Sink, smtp_sink

EMAIL = "ada@example.com"


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server."""
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def app(make_app: MakeApp, sink: Sink) -> Flask:
    """An application that sends to it."""
    return make_app(mail_url=mail_route(sink.url))


def flask(app: Flask, *arguments: str) -> Result:
    """Run the command."""
    return app.test_cli_runner().invoke(args=["mail", *arguments])


def test_what_is_due_is_sent_and_counted(app: Flask, sink: Sink) -> None:
    Browser(app, EMAIL).register()

    first, second = flask(app, "send-due"), flask(app, "send-due")

    assert (first.exit_code, first.output, second.exit_code, second.output) == (0, "1 sent\n", 0, "")
    assert len(sink.envelopes) == 1


def test_what_could_not_be_sent_is_said_with_exit_code_one(app: Flask, sink: Sink) -> None:
    Browser(app, EMAIL).register()
    sink.shut()

    result = flask(app, "send-due")

    assert (result.exit_code, result.output) == (1, "1 postponed\nError: Not all could be sent.\n")


def test_a_database_that_is_away_is_said_in_one_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> NoReturn:
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(mails, "claim_or_none", away)

    result = flask(app, "send-due")

    assert (result.exit_code, result.output) == (
        1,
        "Error: The database does not give the mails out (OperationalError).\n",
    )


def test_a_test_mail_shows_whether_mails_arrive(app: Flask, sink: Sink) -> None:
    sent, no_address = flask(app, "test", EMAIL), flask(app, "test", "no address")
    sink.shut()
    away = flask(app, "test", EMAIL)

    assert (sent.exit_code, sent.output) == (0, f"A mail to {EMAIL} has left.\n")
    assert (no_address.exit_code, no_address.output) == (1, "Error: This is not an e-mail address.\n")
    assert away.exit_code == 1
    assert away.output.startswith("Error: The mail did not leave: ConnectionRefusedError")
    assert len(sink.envelopes) == 1


def test_a_test_mail_goes_where_the_others_would(app: Flask, sink: Sink) -> None:
    sent, bent = flask(app, "test", "ada@b\u00fccher.example"), flask(app, "test", "=?utf-8?q?ada?=@example.com")

    assert (sent.exit_code, bent.exit_code, bent.output) == (0, 1, "Error: This is not an e-mail address.\n")
    assert [each.rcpt_tos for each in sink.envelopes] == [["ada@xn--bcher-kva.example"]]


def test_every_command_says_what_it_does(app: Flask) -> None:
    texts = {name: flask(app, *name.split(), "--help").output for name in ("", "send-due", "test")}

    assert "send-due" in texts[""]
    assert "--forever" in texts["send-due"]
    assert "ADDRESS" in texts["test"]


TOLD_AT_THE_WORST_MOMENT = """
import signal
from threading import Event
from app.mails import commands

class Held(Event):
    def wait(self, timeout=None):
        with self._cond:
            signal.raise_signal(signal.SIGTERM)
        return super().wait()

commands._send = lambda _stopping: None
commands._forever(Held())
"""


@pytest.mark.parametrize("farewell", [signal.SIGTERM, signal.SIGINT])
def test_a_sender_that_runs_for_ever_sends_and_ends_when_it_is_told(
    app: Flask, sink: Sink, tmp_path: Path, farewell: signal.Signals
) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    environment = clean_environment(
        APP_ENV="development", SECRET_KEY=SECRET, DATABASE_URL=url, MAIL_URL=sink.url, PYTHONPATH=str(CHECKOUT)
    )
    arguments = command("flask", "--app", str(CHECKOUT / "wsgi.py"), "mail", "send-due", "--forever")
    with subprocess.Popen(arguments, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        Browser(app, EMAIL).register()

        assert sender.stdout.readline() == "1 sent\n"

        sender.send_signal(farewell)
        assert (sender.wait(PATIENCE), len(sink.envelopes)) == (0, 1)


def test_a_sender_that_is_told_while_it_lies_down_to_sleep_ends() -> None:
    command = [sys.executable, "-c", TOLD_AT_THE_WORST_MOMENT]

    assert subprocess.run(command, cwd=CHECKOUT, check=False, timeout=PATIENCE).returncode == 0
