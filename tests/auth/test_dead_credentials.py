"""Dead credentials never block you: every pair of dead cookies, at every door, whatever stands beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine
from flask import Flask

from app.kit import clock
from tests.auth.forging import bearer, tampered
from tests.auth.jars import ACCESS, REFRESH, cleared, cookie_header, given, without_jar
from tests.cast import PASSWORD, Browser, Person, Service, code

EMAIL = "alice@example.com"
LOGIN = {"email": EMAIL, "password": PASSWORD}
STATES = ("absent", "expired", "forged", "revoked", "duplicate", "foreign", "of a bearer session")
PAIRS = tuple(product(STATES, STATES))
NOTHING: frozenset[str] = frozenset()
BOTH = ACCESS | REFRESH
Outcome = tuple[int, str | None, frozenset[str], frozenset[str]]  # status, code, cleared, given

INVALID: Outcome = (401, "token_invalid", ACCESS, NOTHING)
AT_A_GUARD: dict[str, Outcome] = {
    **dict.fromkeys(STATES, INVALID),
    "absent": (401, "credentials_missing", NOTHING, NOTHING),
    "expired": (401, "token_expired", NOTHING, NOTHING),
    "revoked": (401, "session_ended", ACCESS, NOTHING),
}
UNKNOWN: Outcome = (401, "refresh_invalid", REFRESH, NOTHING)
AT_REFRESH: dict[str, Outcome] = {
    **dict.fromkeys(STATES, UNKNOWN),
    "absent": (401, "refresh_invalid", NOTHING, NOTHING),
    "expired": (401, "session_ended", NOTHING, NOTHING),
    "revoked": (401, "session_ended", REFRESH, NOTHING),
}
LOGGED_IN: Outcome = (200, None, NOTHING, BOTH)


@dataclass
class Drawer:
    """Values for both cookies in every state, and what may stand beside them."""

    app: Flask
    access: dict[str, list[str]] = field(default_factory=dict)
    refresh: dict[str, list[str]] = field(default_factory=dict)
    csrf: str = ""
    newcomers: int = 0

    def put(self, state: str, browser: Browser, *, times: int = 1) -> None:
        """Keep what is in the browser's jar."""
        self.access[state] = [str(browser.cookie("access_token"))] * times
        self.refresh[state] = [str(browser.cookie("refresh_token"))] * times

    def try_all(self, method: str, path: str, *, headers: Mapping[str, str], body: object) -> dict[str, Outcome]:
        """Knock with every pair of states; a body that is callable is made anew each time."""
        found = {}
        for pair in PAIRS:
            sent = {"access_token": self.access[pair[0]], "refresh_token": self.refresh[pair[1]]}
            answer = without_jar(self.app).request(
                method,
                path,
                headers={**cookie_header(sent.items()), **headers},
                json=body() if callable(body) else body,
            )
            found[", ".join(pair)] = (*code(answer), cleared(answer), given(answer))
        return found

    def newcomer(self) -> dict[str, str]:
        """A registration that nobody made before."""
        self.newcomers += 1
        return {"email": f"newcomer{self.newcomers}@example.com", "password": PASSWORD}


@pytest.fixture
def drawer(app: Flask, foreign_app: Flask) -> Drawer:
    """Dead cookies of one account, each dead in its own way."""
    Browser(app, EMAIL).register()
    drawer = Drawer(app, {"absent": []}, {"absent": []})
    with time_machine.travel(datetime.now(UTC) - timedelta(days=8)):
        drawer.put("expired", Browser(app, EMAIL).log_in())
    drawer.put("foreign", Browser(foreign_app, EMAIL).register().log_in())
    revoked = Browser(app, EMAIL).log_in()
    drawer.put("revoked", revoked)
    assert revoked.post("/auth/logout").status_code == 204
    live = Browser(app, EMAIL).log_in()
    drawer.put("duplicate", live, times=2)
    drawer.csrf = str(live.cookie("csrf_access_token"))
    drawer.access["forged"] = [tampered(drawer.access["duplicate"][0], {"roles": ["admin"]})]
    drawer.refresh["forged"] = [tampered(drawer.refresh["duplicate"][0], {"exp": 2**32})]
    program = Service(app, EMAIL).log_in()
    drawer.access["of a bearer session"] = [program.access_token]
    drawer.refresh["of a bearer session"] = [program.refresh_token]
    return drawer


def same(outcome: Outcome) -> dict[str, Outcome]:
    """The outcome, whatever the cookies."""
    return dict.fromkeys((", ".join(pair) for pair in PAIRS), outcome)


def beside(drawer: Drawer, *, csrf: bool) -> dict[str, str]:
    """The CSRF header of a live session, or nothing."""
    return {"X-CSRF-TOKEN": drawer.csrf} if csrf else {}


@pytest.mark.parametrize("csrf", [False, True])
def test_no_dead_cookie_keeps_anybody_from_logging_in(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("POST", "/auth/login", headers=beside(drawer, csrf=csrf), body=LOGIN)

    assert found == same(LOGGED_IN)


@pytest.mark.parametrize("csrf", [False, True])
def test_no_dead_cookie_keeps_anybody_from_registering(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("POST", "/auth/register", headers=beside(drawer, csrf=csrf), body=drawer.newcomer)

    assert found == same((201, None, NOTHING, NOTHING))


@pytest.mark.parametrize("csrf", [False, True])
def test_no_dead_cookie_keeps_anybody_from_asking_for_tokens(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("POST", "/auth/token", headers=beside(drawer, csrf=csrf), body=LOGIN)

    assert found == same((200, None, NOTHING, NOTHING))


@pytest.mark.parametrize("csrf", [False, True])
def test_no_dead_cookie_keeps_anybody_from_a_public_page(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("GET", "/problems", headers=beside(drawer, csrf=csrf), body=None)

    assert found == same((200, None, NOTHING, NOTHING))


@pytest.mark.parametrize("csrf", [False, True])
def test_no_dead_cookie_keeps_anybody_from_logging_out_which_clears_all(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("POST", "/auth/logout", headers=beside(drawer, csrf=csrf), body=None)

    assert found == same((204, None, BOTH, NOTHING))


@pytest.mark.parametrize("csrf", [False, True])
def test_refresh_judges_the_refresh_cookie_alone(drawer: Drawer, *, csrf: bool) -> None:
    found = drawer.try_all("POST", "/auth/refresh", headers=beside(drawer, csrf=csrf), body=None)

    assert found == {", ".join(pair): AT_REFRESH[pair[1]] for pair in PAIRS}


@pytest.mark.parametrize("csrf", [False, True])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_protected_route_judges_the_access_cookie_alone(drawer: Drawer, method: str, *, csrf: bool) -> None:
    found = drawer.try_all(method, "/me", headers=beside(drawer, csrf=csrf), body={})

    assert found == {", ".join(pair): AT_A_GUARD[pair[0]] for pair in PAIRS}


@pytest.mark.parametrize(
    ("method", "path", "outcome"),
    [
        ("GET", "/me", (401, "token_invalid", NOTHING, NOTHING)),
        ("PATCH", "/me", (401, "token_invalid", NOTHING, NOTHING)),
        ("POST", "/auth/refresh", (401, "refresh_invalid", NOTHING, NOTHING)),
        ("POST", "/auth/logout", (204, None, NOTHING, NOTHING)),
        ("POST", "/auth/login", LOGGED_IN),
        ("POST", "/auth/token", (200, None, NOTHING, NOTHING)),
        ("GET", "/problems", (200, None, NOTHING, NOTHING)),
    ],
)
def test_beside_a_dead_authorization_header_no_cookie_counts_nor_is_cleared(
    drawer: Drawer, method: str, path: str, outcome: Outcome
) -> None:
    body = LOGIN if path in {"/auth/login", "/auth/token"} else None

    found = drawer.try_all(method, path, headers=bearer("dead"), body=body)

    assert found == same(outcome)


@pytest.mark.parametrize(
    ("method", "path", "outcome"),
    [
        ("GET", "/me", (200, None, NOTHING, NOTHING)),
        ("PATCH", "/me", (200, None, NOTHING, NOTHING)),
        ("POST", "/auth/refresh", (200, None, NOTHING, NOTHING)),
        ("POST", "/auth/logout", (204, None, NOTHING, NOTHING)),
    ],
)
def test_beside_a_live_authorization_header_no_cookie_counts_nor_is_cleared(
    drawer: Drawer, robot: Service, method: str, path: str, outcome: Outcome
) -> None:
    headers = robot.credentials(method, path)

    with time_machine.travel(clock.now(), tick=False):  # all within the replay window
        found = drawer.try_all(method, path, headers=headers, body={})

    assert found == same(outcome)


def test_live_cookies_do_not_count_beside_an_authorization_header(alice: Browser) -> None:
    answer = alice.get("/me", headers=bearer("dead"))

    assert (*code(answer), cleared(answer)) == (401, "token_invalid", NOTHING)
    assert alice.get("/me").status_code == 200


def test_live_cookies_survive_a_logout_by_another_scheme(alice: Browser) -> None:
    answer = Person.post(alice, "/auth/logout", headers={"Authorization": "Basic YWxpY2U6eA=="})

    assert (answer.status_code, cleared(answer)) == (204, NOTHING)
    assert alice.get("/me").status_code == 200
