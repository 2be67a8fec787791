"""Pages on other origins read answers only if their origin is listed, to the letter."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import API, ORIGIN, Browser, Service
from tests.conftest import MakeApp
from tests.kit.writing import fall_over

LISTED = ("https://app.example.com", "http://localhost:5173", "https://[2001:db8::1]:8443")
UNLISTED = (
    "null",
    "",
    "*",
    "https://",
    "https://example.com",
    "https://evil.example",
    "https://app.example.com.evil.com",
    "https://evil-app.example.com",
    "https://app.example.community",
    "https://app.example.com@evil.example",
    "https://sub.app.example.com",
    "https://appXexample.com",
    "https://app.exampleXcom",
    "https://app.example.com:443",
    "https://app.example.com:8443",
    "https://app.example.com/",
    "https://app.example.com ",
    "https://app.example.com\n",
    "https://app.example.com.",
    "https://app.example.com, https://evil.example",
    "https://evil.example https://app.example.com",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    "http://app.example.com",
    "https://localhost:5173",
    "http://localhost",
    "http://localhost:51730",
    "http://127.0.0.1:5173",
    "http://[::1]:5173",
    "https://[2001:db8::1]",
    "https://[2001:db8::1]:84430",
    "https://[2001:db8:0:0:0:0:0:1]:8443",
    "https://2001:db8::1:8443",
)
EXPOSED = {"X-CSRF-Access", "X-CSRF-Refresh", "X-Request-ID", "Retry-After", "Link", "Location"}


@pytest.fixture
def open_app(make_app: MakeApp) -> Flask:
    """The application with a list of origins."""
    return make_app(cors_origins=LISTED)


def ask(app: Flask, origin: str | None, path: str = "/livez", **headers: str) -> TestResponse:
    """What a page of that origin is answered."""
    sent = headers if origin is None else {"HTTP_ORIGIN": origin, **headers}
    return app.test_client().get(path, base_url=ORIGIN, environ_overrides=sent)


def preflight(app: Flask, origin: str, path: str, method: str) -> TestResponse:
    """What a browser is answered before it sends the request of a page."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, x-csrf-token, x-request-id",
    }
    return app.test_client().options(path, base_url=ORIGIN, headers=asked)


def permitted(answer: TestResponse) -> dict[str, str]:
    """The headers of CORS in an answer."""
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize("origin", LISTED)
@pytest.mark.parametrize("path", ["/livez", "/problems", "/api/v1/me", "/nowhere"])
def test_a_listed_origin_is_echoed_with_credentials(open_app: Flask, origin: str, path: str) -> None:
    answer = ask(open_app, origin, path)

    headers = permitted(answer)
    assert set(headers.pop("Access-Control-Expose-Headers").split(", ")) == EXPOSED
    assert headers == {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


@pytest.mark.parametrize("origin", UNLISTED)
def test_any_other_origin_gets_nothing(open_app: Flask, origin: str) -> None:
    answers = [ask(open_app, origin), ask(open_app, origin, "/api/v1/me"), ask(open_app, origin, "/nowhere")]

    assert [permitted(each) for each in answers] == [{}, {}, {}]


@pytest.mark.parametrize("origin", [origin for origin in UNLISTED if origin.strip() == origin])
def test_any_other_origin_is_told_nothing_beforehand(open_app: Flask, origin: str) -> None:
    answer = preflight(open_app, origin, "/api/v1/tasks", "POST")

    assert permitted(answer) == {}


@pytest.mark.parametrize(
    ("path", "method"), [("/me", "PATCH"), ("/tasks", "POST"), ("/tasks/1", "DELETE"), ("/auth/login", "POST")]
)
def test_a_preflight_needs_no_credential(open_app: Flask, path: str, method: str) -> None:
    answer = preflight(open_app, LISTED[0], API + path.replace("1", "00000000-0000-7000-8000-000000000000"), method)

    headers = permitted(answer)
    assert answer.status_code == 200
    assert headers["Access-Control-Allow-Origin"] == LISTED[0]
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert method in headers["Access-Control-Allow-Methods"].split(", ")
    allowed = set(headers["Access-Control-Allow-Headers"].lower().split(", "))
    assert allowed == {"authorization", "content-type", "x-csrf-token", "x-request-id"}


def test_a_header_that_no_page_needs_is_not_allowed(open_app: Flask) -> None:
    asked = {
        "Origin": LISTED[0],
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-forwarded-for, authorization",
    }

    answer = open_app.test_client().options(API + "/tasks", base_url=ORIGIN, headers=asked)

    assert "forwarded" not in permitted(answer)["Access-Control-Allow-Headers"].lower()


def test_without_an_origin_nothing_is_said_but_that_it_matters(open_app: Flask) -> None:
    answer = ask(open_app, None, "/problems")

    assert permitted(answer) == {}
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", [LISTED[0], "https://evil.example"])
def test_caches_are_told_once_that_the_origin_matters(open_app: Flask, origin: str) -> None:
    answer = ask(open_app, origin, "/problems")

    assert answer.headers.getlist("Vary") == ["Origin"]


def test_without_a_list_no_origin_gets_anything(app: Flask) -> None:
    answers = [ask(app, each) for each in (*LISTED, *UNLISTED, ORIGIN)]
    beforehand = preflight(app, LISTED[0], API + "/tasks", "POST")

    assert [permitted(each) for each in [*answers, beforehand]] == [{}] * (len(answers) + 1)
    assert "Vary" not in answers[0].headers


def test_a_page_of_a_listed_origin_signs_in_and_reads_the_csrf_values(open_app: Flask) -> None:
    browser, origin = Browser(open_app, "ada@example.com").register(), {"Origin": LISTED[0]}
    login = {"email": browser.email, "password": "correct horse battery staple"}

    answer = browser.post("/auth/login", json=login, headers=origin)

    assert answer.headers["X-CSRF-Access"] == browser.cookie("csrf_access_token")
    assert {"X-CSRF-Access", "X-CSRF-Refresh"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert browser.post("/tasks", json={"title": "Rest"}, headers=origin).status_code == 201


def test_a_bug_can_be_read_by_a_listed_origin_too(open_app: Flask) -> None:
    open_app.add_url_rule("/bug", view_func=fall_over)

    answer = ask(open_app, LISTED[0], "/bug")

    assert answer.status_code == 500
    assert permitted(answer)["Access-Control-Allow-Origin"] == LISTED[0]


def test_a_program_with_an_unlisted_origin_is_served_but_not_permitted(open_app: Flask) -> None:
    robot = Service(open_app, "robot@example.com").register().log_in()

    answer = robot.post("/tasks", json={"title": "Rest"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 201
    assert permitted(answer) == {}
