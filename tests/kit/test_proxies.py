"""Whose address counts, and under which scheme and host we were called: as far as TRUSTED_PROXIES goes, no further."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from werkzeug.test import TestResponse

from app.kit.database import read
from app.kit.proxies import client_address
from app.sessions.models import Session
from tests.cast import PASSWORD, Browser, code
from tests.conftest import MakeApp

PEER = "198.51.100.9"
FORWARDED = {
    "X-Forwarded-For": "203.0.113.1, 203.0.113.2, 203.0.113.3",
    "X-Forwarded-Proto": "https, http, https",
    "X-Forwarded-Host": "one.example, two.example, three.example",
}


def called() -> dict[str, str]:
    """How the application thinks it was called."""
    return {"address": client_address(), "scheme": request.scheme, "host": request.host}


def behind(make_app: MakeApp, hops: int) -> Flask:
    """The application behind so many proxies, with a route that tells how it was called."""
    app = make_app(trusted_proxies=hops)
    app.add_url_rule("/called", view_func=called)
    return app


def ask(app: Flask, headers: dict[str, str], *, peer: str = PEER) -> dict[str, Any]:
    """How it thinks it was called by a request with these headers."""
    answer = app.test_client().get(
        "/called", base_url="http://own.example", headers=headers, environ_overrides={"REMOTE_ADDR": peer}
    )
    told: dict[str, Any] = answer.get_json()
    return told


@pytest.mark.parametrize(
    ("hops", "told"),
    [
        (0, {"address": PEER, "scheme": "http", "host": "own.example"}),
        (1, {"address": "203.0.113.3", "scheme": "https", "host": "three.example"}),
        (2, {"address": "203.0.113.2", "scheme": "http", "host": "two.example"}),
        (3, {"address": "203.0.113.1", "scheme": "https", "host": "one.example"}),
        (4, {"address": PEER, "scheme": "http", "host": "own.example"}),
    ],
)
def test_the_nth_from_the_right_counts(make_app: MakeApp, hops: int, told: dict[str, str]) -> None:
    app = behind(make_app, hops)

    assert ask(app, FORWARDED) == told


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_without_the_headers_the_connection_itself_counts(make_app: MakeApp, hops: int) -> None:
    app = behind(make_app, hops)

    assert ask(app, {}) == {"address": PEER, "scheme": "http", "host": "own.example"}


@pytest.mark.parametrize("header", ["Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP", "CF-Connecting-IP"])
@pytest.mark.parametrize("hops", [0, 1])
def test_other_headers_about_the_client_are_never_believed(make_app: MakeApp, hops: int, header: str) -> None:
    app = behind(make_app, hops)

    assert ask(app, {header: "203.0.113.1"})["address"] == PEER


@pytest.mark.parametrize(
    "junk",
    [
        "junk",
        "unknown",
        "_hidden",
        "203.0.113.1:1234",
        "[2001:db8::1]",
        "[2001:db8::1]:80",
        "203.0.113.256",
        "203.0.113",
        "0xcb.0.113.1",
        "203.0.113.01",
        "203.0.113.1/32",
        "2001:db8::g",
        "1",
        "'; DROP TABLE sessions; --",
        "9" * 5000,
    ],
)
def test_junk_falls_back_to_the_peer(make_app: MakeApp, junk: str) -> None:
    app = behind(make_app, 1)

    assert ask(app, {"X-Forwarded-For": f"203.0.113.7, {junk}"})["address"] == PEER


@pytest.mark.parametrize(
    "sent",
    [
        '192.0.2.66, "',
        '"192.0.2.66", "',
        '192.0.2.66, "\\',
        "192.0.2.66, '",
        "192.0.2.66, ,,",
        '192.0.2.66, ", "", "',
        "192.0.2.66, 192.0.2.66, 192.0.2.66",
    ],
)
def test_nothing_a_client_sends_moves_what_the_proxies_append(make_app: MakeApp, sent: str) -> None:
    app = behind(make_app, 2)

    assert ask(app, {"X-Forwarded-For": f"{sent}, 203.0.113.1, 203.0.113.2"})["address"] == "203.0.113.1"


@pytest.mark.parametrize(
    ("address", "spelling"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("  203.0.113.1 ", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("::FFFF:CB00:7101", "203.0.113.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%" + "x" * 200, "fe80::1"),
    ],
)
def test_an_address_has_one_spelling(make_app: MakeApp, address: str, spelling: str) -> None:
    app = behind(make_app, 1)

    assert ask(app, {}, peer=address)["address"] == spelling
    assert ask(app, {"X-Forwarded-For": address})["address"] == spelling


def test_a_peer_without_an_address_is_unknown(make_app: MakeApp) -> None:
    app = behind(make_app, 1)

    assert ask(app, {"X-Forwarded-For": "junk"}, peer="")["address"] == "unknown"


@pytest.mark.parametrize(("hops", "address"), [(0, PEER), (1, "203.0.113.3")])
def test_a_session_remembers_the_address_that_counts(make_app: MakeApp, hops: int, address: str) -> None:
    app = make_app(trusted_proxies=hops)
    browser = Browser(app, "ada@example.com").register()

    sign_in(browser, FORWARDED)

    with app.app_context():
        assert [row.ip for row in read(sa.select(Session.ip))] == [address]


@pytest.mark.parametrize(
    ("hops", "origin", "expected"),
    [
        (0, "http://three.example", (403, "csrf_failed")),
        (0, "https://three.example", (403, "csrf_failed")),
        (0, "https://localhost", (200, None)),
        (1, "https://three.example", (200, None)),
        (1, "http://three.example", (403, "csrf_failed")),
        (1, "https://two.example", (403, "csrf_failed")),
        (1, "https://localhost", (403, "csrf_failed")),
    ],
)
def test_our_own_origin_is_the_one_that_counts(
    make_app: MakeApp, hops: int, origin: str, expected: tuple[int, str | None]
) -> None:
    browser = Browser(make_app(trusted_proxies=hops), "ada@example.com").register()

    answer = sign_in(browser, FORWARDED | {"Origin": origin})

    assert code(answer) == expected


@pytest.mark.parametrize(("hops", "insisted"), [(0, False), (1, True)])
def test_https_at_the_proxy_counts_if_the_proxy_does(make_app: MakeApp, hops: int, *, insisted: bool) -> None:
    app = make_app(trusted_proxies=hops)

    answer = app.test_client().get("/livez", base_url="http://localhost", headers={"X-Forwarded-Proto": "https"})

    assert ("Strict-Transport-Security" in answer.headers) == insisted


def sign_in(browser: Browser, headers: dict[str, str]) -> TestResponse:
    """What is answered to a right password with these headers."""
    login = {"email": browser.email, "password": PASSWORD}
    return browser.post("/auth/login", json=login, headers=headers, environ_overrides={"REMOTE_ADDR": PEER})
