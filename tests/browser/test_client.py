"""The client repeats what may be repeated, and nothing else. The server is played here."""

import pytest
from playwright.sync_api import Page

from tests.browser.playing import (
    AWAY,
    BROKEN,
    BUSY,
    DONE,
    EXPIRED,
    FORGED,
    LOST,
    RENEWED,
    Answer,
    Script,
    asked_of_the_app,
    call,
    refusal,
)


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
