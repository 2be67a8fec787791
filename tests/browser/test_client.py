"""The client obeys `action`, and repeats only what may be repeated. The server is played here, one answer at a time."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Visit
from tests.browser.people import REFRESH, Site, Visitor, equip

Answer = tuple[int, dict[str, Any] | None, dict[str, str]]
Script = Callable[[dict[str, list[Answer]]], list[str]]
LOST: Answer = (0, None, {})
DONE: Answer = (200, {"done": True}, {})
RENEWED: Answer = (200, {"expires_in": 900}, {"Set-Cookie": "csrf_refresh_token=second; Path=/"})


def refusal(status: int, code: str, action: str, after: int | None = None, **members: Any) -> Answer:
    """A problem."""
    headers = {"Content-Type": "application/problem+json", **({} if after is None else {"Retry-After": str(after)})}
    return status, {"status": status, "code": code, "action": action, "title": f"{code}.", **members}, headers


EXPIRED = refusal(401, "token_expired", "refresh")
ENDED = refusal(401, "session_ended", "login", reason="logout")
BUSY = refusal(429, "rate_limited", "retry", 0)
BROKEN = refusal(500, "internal_error", "retry")
AWAY = refusal(503, "unavailable", "retry", 0)
FORGED = refusal(403, "csrf_failed", "retry")


@pytest.fixture
def visitor(visit: Visit, site: Site) -> Visitor:
    """Somebody who seems to be signed in."""
    visitor = visit(site.url)
    cookies = [{"name": f"csrf_{kind}_token", "value": "first", "url": site.url} for kind in ("access", "refresh")]
    visitor.context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright's own dictionary
    return visitor


@pytest.fixture
def page(visitor: Visitor) -> Iterator[Page]:
    """A tab with the client."""
    yield visitor.tab()
    visitor.complaints[:] = [each for each in visitor.complaints if "Failed to load resource" not in each]


@pytest.fixture
def script(page: Page) -> Script:
    """Has each path answer in turn what is written for it, the last answer for ever; gives what was asked."""

    def script(answers: dict[str, list[Answer]]) -> list[str]:
        asked: list[str] = []

        def play(route: Route) -> None:
            path = route.request.url.partition("/api/v1")[2]
            asked.append(f"{route.request.method} {path} {route.request.headers.get('x-csrf-token', '')}".strip())
            status, body, headers = answers[path].pop(0) if len(answers[path]) > 1 else answers[path][0]
            if status == 0:
                route.abort("connectionreset")
            else:
                route.fulfill(status=status, headers=headers, body=json.dumps(body))

        page.route("**/api/v1/**", play)
        return asked

    return script


def call(page: Page, method: str = "GET", path: str = "/x", **init: Any) -> str:
    """What came of a request: its status, or the code of the problem that was thrown."""
    return str(
        page.evaluate(
            """([path, init]) => auth.fetch(path, init).then(
                (answer) => String(answer.status),
                (problem) => problem instanceof Problem ? problem.code : String(problem))""",
            [path, {"method": method, **init}],
        )
    )


def asked_of_the_app(page: Page) -> list[str]:
    """The hooks that were called."""
    return [str(each) for each in page.evaluate("asked")]


def test_an_expired_token_is_renewed_once_and_the_request_repeated(page: Page, script: Script) -> None:
    asked = script({"/x": [EXPIRED, DONE], "/auth/refresh": [RENEWED]})

    assert call(page, "POST", json={"a": 1}) == "200"
    assert asked == ["POST /x first", "POST /auth/refresh first", "POST /x first"]
    assert asked_of_the_app(page) == []


def test_a_second_expiry_is_not_answered_with_a_second_refresh(page: Page, script: Script) -> None:
    asked = script({"/x": [EXPIRED], "/auth/refresh": [RENEWED]})

    assert call(page) == "token_expired"
    assert len(asked) == 3


def test_parallel_expiries_share_one_refresh(page: Page, script: Script) -> None:
    asked = script({"/x": [*[EXPIRED] * 8, DONE], "/auth/refresh": [RENEWED]})

    statuses = page.evaluate("() => Promise.all(Array.from({length: 8}, () => auth.fetch('/x').then((a) => a.status)))")

    assert statuses == [200] * 8
    assert asked.count("POST /auth/refresh first") == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("trouble", [BROKEN, AWAY, LOST, BUSY], ids=["500", "503", "lost", "429"])
def test_what_changes_nothing_is_repeated(page: Page, script: Script, method: str, trouble: Answer) -> None:
    asked = script({"/x": [trouble, DONE]})

    assert call(page, method) == "200"
    assert len(asked) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("trouble", "named"),
    [(BROKEN, "internal_error"), (AWAY, "unavailable"), (LOST, "network")],
    ids=["500", "503", "lost"],
)
def test_what_may_have_happened_is_never_repeated(
    page: Page, script: Script, method: str, trouble: Answer, named: str
) -> None:
    asked = script({"/x": [trouble, DONE]})

    assert call(page, method) == named
    assert len(asked) == 1
    assert asked_of_the_app(page) == []


def test_what_was_turned_away_for_haste_is_repeated_whatever_it_is(page: Page, script: Script) -> None:
    asked = script({"/x": [BUSY, DONE]})

    assert call(page, "POST", json={}) == "200"
    assert len(asked) == 2


def test_a_longer_wait_is_the_persons_to_decide(page: Page, script: Script) -> None:
    asked = script({"/x": [refusal(429, "rate_limited", "retry", 60)]})

    assert call(page) == "rate_limited"
    assert len(asked) == 1
    assert page.evaluate("auth.fetch('/x').catch((problem) => problem.retryAfter)") == 60


def test_a_forged_looking_request_reads_the_cookie_again_and_is_repeated_once(page: Page, script: Script) -> None:
    asked = script({"/x": [FORGED]})

    assert call(page, "POST") == "csrf_failed"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        ([BROKEN], "internal_error"),
        ([AWAY], "unavailable"),
        ([refusal(429, "rate_limited", "retry", 60)], "rate_limited"),
        ([LOST], "network"),
    ],
    ids=["500", "503", "429", "lost"],
)
def test_trouble_at_the_refresh_logs_nobody_out(page: Page, script: Script, trouble: list[Answer], named: str) -> None:
    script({"/x": [EXPIRED, EXPIRED, DONE], "/auth/refresh": [*trouble * 5, RENEWED]})

    assert call(page) in {named, "200"}
    assert asked_of_the_app(page) == []
    assert page.evaluate("auth.signedIn") is True


@pytest.mark.parametrize("trouble", [BROKEN, AWAY, LOST], ids=["500", "503", "lost"])
def test_a_refresh_is_asked_for_again(page: Page, script: Script, trouble: Answer) -> None:
    asked = script({"/x": [EXPIRED, DONE], "/auth/refresh": [trouble, RENEWED]})

    assert call(page) == "200"
    assert asked.count("POST /auth/refresh first") == 2


def test_the_end_of_the_session_is_told_to_the_app(page: Page, script: Script) -> None:
    script({"/x": [ENDED]})

    assert call(page) == "session_ended"
    assert asked_of_the_app(page) == ["login session_ended"]


def test_a_refused_refresh_is_told_to_the_app_once_for_all(page: Page, script: Script) -> None:
    script({"/x": [EXPIRED], "/auth/refresh": [refusal(401, "refresh_reused", "login")]})

    codes = page.evaluate("() => Promise.all([1, 2, 3].map(() => auth.fetch('/x').catch((problem) => problem.code)))")

    assert codes == ["refresh_reused"] * 3
    assert asked_of_the_app(page) == ["login refresh_reused"]


def test_whoever_is_not_signed_in_sends_no_refresh(page: Page, visitor: Visitor, script: Script) -> None:
    visitor.context.clear_cookies()
    asked = script({"/x": [refusal(401, "credentials_missing", "refresh")]})

    assert call(page) == "credentials_missing"
    assert asked == ["GET /x"]
    assert asked_of_the_app(page) == ["login credentials_missing"]


@pytest.mark.parametrize("hook", ["onLogin", "onStepUp"])
def test_what_the_hook_has_mended_is_repeated(page: Page, script: Script, hook: str) -> None:
    equip(page, f"{{ {hook}: async () => true }}")
    refused = ENDED if hook == "onLogin" else refusal(403, "fresh_login_required", "step_up")
    asked = script({"/x": [refused, DONE]})

    assert call(page, "DELETE") == "200"
    assert len(asked) == 2


def test_a_wrong_password_asks_nothing_of_the_app(page: Page, script: Script) -> None:
    asked = script({"/auth/login": [refusal(401, "invalid_credentials", "none")]})

    assert page.evaluate("auth.login('a@b.example', 'wrong').catch((problem) => problem.code)") == "invalid_credentials"
    assert (len(asked), asked_of_the_app(page)) == (1, [])


def test_a_login_without_a_cookie_is_told(page: Page, visitor: Visitor, script: Script) -> None:
    visitor.context.clear_cookies()
    script({"/auth/login": [(200, {"user": {}, "expires_in": 900}, {})]})

    assert page.evaluate("auth.login('a@b.example', 'right').catch((problem) => problem.code)") == "cookies_refused"


def test_a_refusal_is_a_typed_error(page: Page, script: Script) -> None:
    errors = [{"pointer": "/title", "detail": "This field is required."}]
    script({"/x": [refusal(422, "validation_failed", "none", detail="Look.", errors=errors, request_id="r-1")]})

    told = page.evaluate(
        """() => auth.fetch('/x').catch((p) => ({ is: p instanceof Problem && p instanceof Error, code: p.code,
            action: p.action, status: p.status, message: p.message, errors: p.errors, id: p.requestId }))"""
    )

    assert told == {
        "is": True,
        "code": "validation_failed",
        "action": "none",
        "status": 422,
        "message": "Look.",
        "errors": errors,
        "id": "r-1",
    }


def test_a_proxys_own_page_is_a_typed_error_too(page: Page, script: Script) -> None:
    script({"/x": [(502, {"not": "a problem"}, {"Content-Type": "text/html"})]})

    assert call(page, "POST") == "http_502"


def test_a_bearer_of_ones_own_is_left_alone(page: Page, script: Script) -> None:
    asked = script({"/x": [EXPIRED]})

    assert call(page, "POST", headers={"Authorization": "Bearer mine"}) == "token_expired"
    assert asked == ["POST /x"]


def test_nothing_is_sent_to_another_origin(page: Page) -> None:
    assert "TypeError" in call(page, path="https://evil.example/api/v1/me")


def test_an_aborted_request_stays_aborted(page: Page, script: Script) -> None:
    asked = script({"/x": [DONE]})

    assert "AbortError" in str(page.evaluate("auth.fetch('/x', {signal: AbortSignal.abort()}).catch(String)"))
    assert asked == []


def test_the_tabs_hear_of_login_and_logout(visitor: Visitor, site: Site) -> None:
    here, there = visitor.tab(), visitor.tab()
    visitor.context.clear_cookies()

    visitor.sign_in(here, site.newcomer())
    here.evaluate("auth.logout()")

    there.wait_for_function("asked.length == 2")
    assert asked_of_the_app(there) == ["login elsewhere", "logout elsewhere"]
    assert REFRESH not in {each.url for each in visitor.requests}
