"""The four cookies: their names, their flags, and that nothing else carries a token."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.kit import clock
from app.kit.database import db, transaction
from app.users import service as users
from app.users.roles import Role
from tests.auth.forging import bearer, claims_of
from tests.auth.jars import ACCESS, REFRESH, Crumb, cleared, cookie_header, crumbs, given, without_jar
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import MakeApp

LOGIN = {"email": "alice@example.com", "password": PASSWORD}
LIVES = {"access_token": "900", "csrf_access_token": "900", "refresh_token": "604800", "csrf_refresh_token": "604800"}
MOST_BYTES = 4096
POOL = 10


def out_of_reach(_connection: sa.Connection) -> None:
    """Break off as a database does that goes away at the last moment."""
    raise OperationalError("COMMIT", {}, ConnectionError())


def flags_of(crumb: Crumb) -> dict[str, str]:
    """The attributes without what says how long it lives."""
    return {name: value for name, value in crumb.attributes.items() if name not in {"max-age", "expires"}}


def flags_for(name: str, *, secure: bool) -> dict[str, str]:
    """The flags of the contract."""
    flags = {"path": "/", "samesite": "Strict" if "refresh" in name else "Lax"}
    return flags | ({"secure": ""} if secure else {}) | ({} if name.startswith("csrf") else {"httponly": ""})


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(("secure", "prefix"), [(True, "__Host-"), (False, "")])
def test_login_sets_four_cookies_with_the_flags_of_the_contract(
    make_app: MakeApp, *, secure: bool, prefix: str
) -> None:
    answer = without_jar(make_app(cookie_secure=secure)).post("/auth/login", json=LOGIN)

    assert {crumb.name: flags_of(crumb) for crumb in crumbs(answer)} == {
        f"{prefix}{name}": flags_for(name, secure=secure) for name in LIVES
    }


@pytest.mark.parametrize("secure", [True, False])
def test_logout_takes_the_cookies_back_with_the_same_flags(make_app: MakeApp, *, secure: bool) -> None:
    answer = without_jar(make_app(cookie_secure=secure)).post("/auth/logout")

    assert cleared(answer) == ACCESS | REFRESH
    assert [flags_of(crumb) for crumb in crumbs(answer)] == [
        flags_for(crumb.plain_name, secure=secure) for crumb in crumbs(answer)
    ]


def test_cookies_live_as_long_as_their_tokens(alice: Browser) -> None:
    with time_machine.travel(clock.now(), tick=False):
        answer = alice.post("/auth/login", json=LOGIN)

    assert {crumb.plain_name: crumb.attributes["max-age"] for crumb in crumbs(answer)} == LIVES
    assert (answer.get_json()["expires_in"], answer.get_json()["refresh_expires_in"]) == (900, 604800)


def test_a_refresh_renews_all_four_cookies(alice: Browser) -> None:
    answer = alice.refresh()

    assert given(answer) == ACCESS | REFRESH
    assert answer.get_json().keys() == {"expires_in", "refresh_expires_in"}


def test_a_step_up_renews_the_access_cookies_only(alice: Browser) -> None:
    answer = alice.post("/auth/step-up", json={"password": PASSWORD})

    assert given(answer) == ACCESS
    assert answer.get_json().keys() == {"expires_in"}


def test_a_failed_login_sets_no_cookie(alice: Browser) -> None:
    answer = alice.post("/auth/login", json={**LOGIN, "password": "not her password"})

    assert (answer.status_code, crumbs(answer)) == (401, [])


@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/auth/step-up"])
def test_readable_cookies_and_headers_repeat_the_csrf_value_of_their_token(alice: Browser, path: str) -> None:
    answer = alice.post(path, json={"password": PASSWORD} if path == "/auth/step-up" else LOGIN)

    values = {crumb.plain_name: crumb.value for crumb in crumbs(answer)}
    kinds = ["access", *(["refresh"] if path != "/auth/step-up" else [])]
    said = [claims_of(values[f"{kind}_token"])["csrf"] for kind in kinds]
    assert [values[f"csrf_{kind}_token"] for kind in kinds] == said
    assert [answer.headers[f"X-CSRF-{kind.capitalize()}"] for kind in kinds] == said


def told_outside_cookies(answer: TestResponse) -> str:
    """Everything the answer says but for its `Set-Cookie` lines."""
    return "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie") + answer.text


@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/auth/step-up", "/auth/logout"])
def test_by_cookie_no_token_is_told_anywhere_else(alice: Browser, path: str) -> None:
    old = [alice.cookie("access_token"), alice.cookie("refresh_token")]

    answer = alice.post(path, json={"password": PASSWORD} if path == "/auth/step-up" else LOGIN)

    tokens = [*old, *(crumb.value for crumb in crumbs(answer) if crumb.value.startswith("eyJ"))]
    assert [token for token in tokens if str(token) in told_outside_cookies(answer)] == []
    assert "eyJ" not in told_outside_cookies(answer)


@pytest.mark.parametrize("path", ["/auth/token", "/auth/refresh", "/auth/step-up", "/auth/logout"])
def test_by_bearer_no_cookie_is_set(robot: Service, path: str) -> None:
    body = {"password": PASSWORD} if path == "/auth/step-up" else {"email": robot.email, "password": PASSWORD}

    answer = robot.post(path, json=body)

    assert answer.status_code in {200, 204}
    assert crumbs(answer) == []
    assert [name for name, _ in answer.headers if name.startswith("X-CSRF")] == []


def test_a_service_never_sees_a_csrf_claim(robot: Service) -> None:
    tokens = [robot.access_token, robot.refresh_token, robot.refresh().get_json()["refresh_token"]]

    assert [claims_of(token).get("csrf") for token in tokens] == [None, None, None]


def test_the_largest_token_fits_into_a_cookie(alice: Browser, make_app: MakeApp) -> None:
    app = make_app(jwt_issuer="i" * 255, jwt_audience="a" * 255)
    with app.app_context(), transaction():
        for role in Role:
            users.grant(users.id_of(alice.email), role)

    answer = without_jar(app).post("/auth/login", json=LOGIN)

    assert max(len(crumb.name) + len(crumb.value) for crumb in crumbs(answer)) <= MOST_BYTES
    token = {crumb.plain_name: crumb.value for crumb in crumbs(answer)}["access_token"]
    assert without_jar(app).get("/me", headers=cookie_header([("access_token", [token])])).status_code == 200


def test_without_the_prefix_a_cookie_is_nobodys_word(app: Flask, alice: Browser) -> None:
    token = str(alice.cookie("access_token"))

    answer = without_jar(app).get("/me", headers=cookie_header([("access_token", [token])], prefix=""))

    assert code(answer) == (401, "credentials_missing")


def test_the_refresh_cookie_is_looked_at_under_auth_only(app: Flask, alice: Browser) -> None:
    token = str(alice.cookie("refresh_token"))

    answer = without_jar(app).get("/me", headers=cookie_header([("refresh_token", [token])]))

    assert (*code(answer), crumbs(answer)) == (401, "credentials_missing", [])


def test_a_cookie_session_is_answered_with_bodies_when_it_speaks_by_bearer(alice: Browser) -> None:
    token = str(alice.cookie("refresh_token"))

    answer = alice.refresh(headers={**bearer(token), "X-CSRF-TOKEN": ""})

    assert crumbs(answer) == []
    assert claims_of(answer.get_json()["refresh_token"])["csrf"]
    assert claims_of(answer.get_json()["access_token"])["csrf"]


@contextmanager
def commits_failing(app: Flask) -> Iterator[None]:
    """A database that goes away at the last moment, and comes back."""
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "commit", out_of_reach)
    try:
        yield
    finally:
        sa.event.remove(engine, "commit", out_of_reach)


@pytest.fixture
def fresh_connections(app: Flask) -> Iterator[None]:
    """None of this test's connections is left to the next."""
    yield
    with app.app_context():
        db.engine.dispose()


@pytest.mark.usefixtures("fresh_connections")
def test_what_could_not_be_committed_leaves_no_cookie(alice: Browser) -> None:
    with commits_failing(alice.app):
        answer = alice.post("/auth/login", json=LOGIN)

    assert (*code(answer), crumbs(answer)) == (503, "unavailable", [])


@pytest.mark.usefixtures("fresh_connections")
def test_what_could_not_be_committed_is_not_committed_later_by_somebody_else(alice: Browser) -> None:
    with commits_failing(alice.app):
        alice.post("/auth/login", json=LOGIN)

    found = [alice.post("/tasks", json={"title": "Rest"}).status_code for _ in range(POOL)]

    assert found == [201] * POOL
    assert len(dump(alice.app)["sessions"]) == 1


@pytest.mark.parametrize("spelling", ['"{token}"', '"\\{first:03o}{rest}"'])
def test_a_quoted_token_is_another_spelling(alice: Browser, spelling: str) -> None:
    token = str(alice.cookie("access_token"))
    value = spelling.format(token=token, first=ord(token[0]), rest=token[1:])

    answer = without_jar(alice.app).get("/me", headers={"Cookie": f"__Host-access_token={value}"})

    assert code(answer) == (401, "token_invalid")
