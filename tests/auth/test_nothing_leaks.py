"""No password, token or CSRF value rests in a table or stands in a log line."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from app.kit.database import db
from tests.auth.forging import bearer, tampered
from tests.auth.jars import ACCESS, REFRESH
from tests.auth.tables import dump
from tests.cast import Browser, Service, code
from tests.conftest import MakeApp
from tests.kit.logbook import as_before

SECRETS = ["canary horse battery staple", "canary wrong password guess", "canary", "canary: no password at all"]

JAR = sorted(ACCESS | REFRESH)


@pytest.fixture
def talkative(make_app: MakeApp) -> Iterator[Callable[[], Flask]]:
    """Makes the application with its log as wide open as it goes, writing to what is standard error by then."""
    with as_before():
        yield lambda: make_app(log_level="debug")


def jar_of(browser: Browser) -> list[str]:
    """Every value in the jar."""
    return [value for name in JAR if (value := browser.cookie(name))]


def live_by_cookie(app: Flask) -> list[str]:
    """A whole life by cookie, with mistakes; gives every secret that was in it."""
    right, wrong, short, _ = SECRETS
    carol = Browser(app, "carol@example.com")
    carol.post("/auth/register", json={"email": carol.email, "password": short})
    carol.register(right).log_in(right)
    seen = jar_of(carol)
    for path, password in (("login", wrong), ("step-up", wrong), ("step-up", right)):
        carol.post(f"/auth/{path}", json={"password": password} | ({"email": carol.email} if path == "login" else {}))
    for _ in range(2):
        seen += jar_of(carol)
        carol.refresh()
    carol.post("/auth/refresh", headers={"X-CSRF-TOKEN": wrong})
    carol.set_cookie("refresh_token", seen[JAR.index("refresh_token")])
    carol.refresh()
    carol.get("/me")
    return [right, wrong, *seen, *jar_of(carol)]


def live_by_bearer(app: Flask) -> list[str]:
    """A whole life by bearer, with mistakes; gives every secret that was in it."""
    right, wrong, _, odd = SECRETS
    dave = Service(app, "dave@example.com").register(right).log_in(right)
    seen = [dave.access_token, dave.refresh_token]
    form = {"grant_type": "password", "username": dave.email, "password": wrong}
    dave.post("/auth/token", data=form)
    dave.post("/auth/token", json={"email": dave.email, "password": right, "secret": odd})
    dave.get("/me", headers=bearer(tampered(dave.access_token, {"roles": ["admin"]})))
    dave.refresh("canary.of.nobody")
    dave.keep(dave.refresh()).post("/auth/step-up", json={"password": right})
    seen += [dave.access_token, dave.refresh_token]
    dave.post("/auth/logout")
    dave.refresh()
    return [right, wrong, odd, "canary.of.nobody", *seen]


@pytest.mark.parametrize("live", [live_by_cookie, live_by_bearer])
def test_no_secret_rests_in_a_table(app: Flask, live: Callable[[Flask], list[str]]) -> None:
    secrets = live(app)

    held = repr(dump(app))

    assert "example.com" in held
    assert [secret for secret in secrets if secret in held or secret.rpartition(".")[2] in held] == []


@pytest.mark.parametrize("live", [live_by_cookie, live_by_bearer])
def test_no_secret_stands_in_a_log_line(
    talkative: Callable[[], Flask],
    live: Callable[[Flask], list[str]],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secrets = live(talkative())
    structlog.get_logger().debug("the log is open")

    captured = capsys.readouterr()
    said = captured.out + captured.err + caplog.text
    assert "the log is open" in said
    assert [secret for secret in secrets if secret in said] == []


def test_no_answer_repeats_a_secret_that_was_sent(app: Flask) -> None:
    right, wrong, short, odd = SECRETS
    carol = Browser(app, "carol@example.com").register(right).log_in(right)
    bodies: list[dict[str, Any]] = [{"email": carol.email, "password": word} for word in (wrong, short, right)]
    bodies += [{**bodies[0], odd: odd}, {"password": [right]}, {"password": {right: wrong}}]

    texts = [
        carol.post(f"/auth/{door}", json=body).text
        for door in ("register", "login", "token", "step-up")
        for body in bodies
    ]

    assert [text for text in texts if right in text or wrong in text] == []


def break_insert(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> tuple[str, Any]:
    """Make nonsense of the statement that writes a new user."""
    return statement.replace("INSERT INTO users", "INSERT INTO no_such_table"), values


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_statement_that_fails_does_not_log_what_it_was_to_write(
    talkative: Callable[[], Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = talkative()
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", break_insert, retval=True)
    email = "carol@example.com"

    answer = Browser(app).post("/auth/register", json={"email": email, "password": SECRETS[0], "name": "Carol"})

    said = capsys.readouterr().err
    assert code(answer) == (500, "internal_error")
    assert "no_such_table" in said
    assert [each for each in ("hmac-sha256", "$2b$", email) if each in said] == []
