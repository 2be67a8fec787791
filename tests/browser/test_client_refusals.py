"""What the client tells the app, the tabs and the caller. The server is played here."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.people import REFRESH, Site, Visitor, equip
from tests.browser.playing import DONE, ENDED, EXPIRED, Script, asked_of_the_app, call, refusal


def test_the_end_of_the_session_is_told_to_the_app(page: Page, script: Script) -> None:
    script({"/x": [ENDED]})

    assert call(page) == "session_ended"
    assert asked_of_the_app(page) == ["login session_ended"]


def test_a_refused_refresh_is_told_to_the_app_once_for_all(page: Page, script: Script) -> None:
    script({"/x": [EXPIRED], "/auth/refresh": [refusal(401, "refresh_reused", "login")]})

    codes = page.evaluate("() => Promise.all([1, 2, 3].map(() => auth.fetch('/x').catch((problem) => problem.code)))")

    assert codes == ["refresh_reused"] * 3
    assert asked_of_the_app(page) == ["login refresh_reused"]


def test_the_end_of_a_session_is_not_that_of_the_one_that_began_meanwhile(page: Page, script: Script) -> None:
    status, body, headers = ENDED
    asked = script({"/x": [(status, body, headers | {"Set-Cookie": "csrf_refresh_token=second; Path=/"}), DONE]})

    assert call(page) == "200"
    assert (len(asked), asked_of_the_app(page)) == (2, [])


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


def test_the_tabs_hear_of_login_and_logout(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    here, there = visitor.tab(), visitor.tab()

    visitor.sign_in(here, site.newcomer())
    here.evaluate("auth.logout()")

    there.wait_for_function("asked.length == 2")
    assert asked_of_the_app(there) == ["login elsewhere", "logout elsewhere"]
    assert visitor.count(REFRESH) == 0
