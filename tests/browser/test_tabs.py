"""Many tabs, bad networks and thieves: the session holds, or ends for everybody with a reason."""

from collections.abc import Iterator
from time import time

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.people import PATIENT, REFRESH, Site, Visitor
from tests.browser.strangers import BadNetwork, bad_network
from tests.counts import Tally, count
from tests.live.clients import send
from tests.live.people import tokens_in

TABS, CALLS = 3, 10
ROUNDS = count(2, 8, 100)
SOON_MS = 400
REMEMBERED_MS = 10_000  # how long a server gives the answer to a refresh again, if it is not told otherwise
AGAIN_MS = 300  # after which the client asks again
HURRIED = """{ const after = AbortSignal.timeout; globalThis.waits = [];
    AbortSignal.timeout = (ms) => (waits.push(ms), after.call(AbortSignal, ms / 10)); }"""
WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"
NEVER_GRANTED = """if (navigator.locks) navigator.locks.request =
    (name, { signal }) => new Promise((_, fail) => (signal.onabort = fail))"""

# Another tab renews the session when this one has seen that nobody did, and makes its request.
OVERTAKEN = """() => {
    const renew = () => { const other = new XMLHttpRequest(); other.open("POST", "/api/v1/auth/refresh", false);
        other.setRequestHeader("X-CSRF-TOKEN", document.cookie.match(/csrf_refresh_token=([^;]+)/)[1]);
        other.send(); return other.status; };
    globalThis.Request = class extends Request { constructor(input, init) { super(input, init);
        if (this.url.endsWith("/auth/refresh")) globalThis.overtaken ??= renew(); } };
}"""


@pytest.fixture
def network(site: Site) -> Iterator[BadNetwork]:
    """A bad network in front of the site."""
    with bad_network(site.server.base_url) as network:
        yield network


def signed_in(visit: Visit, site: Site, *, url: str = "", before: str = "") -> tuple[Visitor, list[Page]]:
    """Somebody signed in, with three tabs open."""
    visitor = visit(url or site.url)
    if before:
        visitor.context.add_init_script(before)
    tabs = [visitor.tab() for _ in range(TABS)]
    visitor.sign_in(tabs[0], site.newcomer())
    return visitor, tabs


def all_at_once(tabs: list[Page]) -> list[str]:
    """What came of ten calls from each tab, which leave in the same instant."""
    start = time() * 1000 + SOON_MS
    for tab in tabs:
        tab.evaluate(
            """([start, calls]) => { globalThis.done = new Promise((go) => setTimeout(go, start - Date.now())).then(
                () => Promise.all(Array.from({ length: calls }, () =>
                    auth.fetch("/me").then((a) => String(a.status), (p) => p.code)))); }""",
            [start, CALLS],
        )
    return [str(each) for tab in tabs for each in tab.evaluate("done")]


def rounds_without_access(visitor: Visitor, tabs: list[Page], tally: Tally) -> list[int]:
    """How many refreshes each round took in which the access token was gone."""
    refreshes = []
    for _ in range(ROUNDS):
        visitor.lose("access_token")
        before = visitor.count(REFRESH)
        tally.add(all_at_once(tabs))
        refreshes.append(visitor.count(REFRESH) - before)
    return refreshes


def nobody_left(tabs: list[Page]) -> bool:
    """Whether no tab was asked to sign in."""
    return {each for tab in tabs for each in tab.evaluate("asked")} <= {"login elsewhere"}


@pytest.mark.prove
def test_three_tabs_times_ten_expiries_are_one_refresh(visit: Visit, site: Site, tally: Tally) -> None:
    visitor, tabs = signed_in(visit, site, before=PATIENT)

    refreshes = rounds_without_access(visitor, tabs, tally)

    assert refreshes == [1] * ROUNDS
    assert set(tally.outcomes) == {"200"}
    assert nobody_left(tabs)


@pytest.mark.prove
def test_without_locks_the_server_carries_it(visit: Visit, site: Site, tally: Tally) -> None:
    visitor, tabs = signed_in(visit, site, before=PATIENT + WITHOUT_LOCKS)

    refreshes = rounds_without_access(visitor, tabs, tally)

    assert all(1 <= each <= TABS for each in refreshes)
    assert set(tally.outcomes) == {"200"}
    assert nobody_left(tabs)


def test_whoever_is_overtaken_renews_nothing_so_a_third_tab_finds_the_session_alive(visit: Visit, site: Site) -> None:
    visitor, (tab, *_) = signed_in(visit, site, before=WITHOUT_LOCKS)
    third = tokens_in(visitor.cookies())
    visitor.lose("access_token")
    tab.evaluate(OVERTAKEN)

    statuses = tab.evaluate("auth.fetch('/me').then((answer) => [answer.status, overtaken])")

    assert statuses == [200, 200]
    assert send(site.server.base_url, third.by_refresh("/auth/refresh")).outcome == "200"


@pytest.mark.prove(only=True)
def test_a_lock_that_is_never_granted_delays_and_no_more(visit: Visit, site: Site) -> None:
    visitor, tabs = signed_in(visit, site, before=NEVER_GRANTED)
    visitor.lose("access_token")

    assert set(all_at_once(tabs)) == {"200"}


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.prove(only=True))])
def test_a_lost_answer_to_a_refresh_is_asked_for_again(
    visit: Visit, site: Site, network: BadNetwork, times: int
) -> None:
    visitor, tabs = signed_in(visit, site, url=network.url)
    visitor.lose("access_token")
    spent = visitor.cookies()["refresh_token"]
    network.lose(times, after=f"POST {REFRESH}")

    statuses = all_at_once(tabs)

    assert network.lost == times
    assert set(statuses) == {"200"}
    assert visitor.cookies()["refresh_token"] != spent
    assert nobody_left(tabs)
    visitor.complaints[:] = [each for each in visitor.complaints if "ERR_" not in each]


@pytest.mark.prove(only=True)
def test_an_answer_to_a_refresh_that_never_comes_is_asked_for_while_the_server_still_gives_it(
    visit: Visit, site: Site, network: BadNetwork
) -> None:
    visitor, (tab, *_) = signed_in(visit, site, url=network.url, before=HURRIED)
    visitor.lose("access_token")
    network.lose(1, after=f"POST {REFRESH}", hangs=True)

    assert tab.evaluate("auth.fetch('/me').then((answer) => answer.status)") == 200
    assert network.lost == 1
    assert max(tab.evaluate("waits")) + AGAIN_MS < REMEMBERED_MS
    assert nobody_left([tab])
    visitor.complaints[:] = [each for each in visitor.complaints if "ERR_" not in each]


def test_a_lost_answer_to_a_change_is_left_to_the_caller(visit: Visit, site: Site, network: BadNetwork) -> None:
    visitor, (tab, *_) = signed_in(visit, site, url=network.url)
    network.lose(1, after="POST /api/v1/tasks")
    add = "auth.fetch('/tasks', {method: 'POST', json: {title: 'Once'}}).catch((problem) => problem.code)"

    assert tab.evaluate(add) == "network"
    assert tab.evaluate("auth.fetch('/tasks').then((a) => a.json()).then((page) => page.items.length)") == 1
    visitor.complaints[:] = [each for each in visitor.complaints if "ERR_" not in each]


def test_a_stolen_refresh_token_puts_both_out_and_the_page_says_why(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    thief = tokens_in(visitor.cookies())
    page.evaluate(RENEW)
    page.evaluate(RENEW)

    replayed = send(site.server.base_url, thief.by_refresh("/auth/refresh"))
    page.get_by_role("link", name="Devices").click()

    assert replayed.outcome == "401 refresh_reused"
    page.get_by_text("A copy of your session was used somewhere else").wait_for()
    after = [send(site.server.base_url, each).outcome for each in thief.attempts]
    assert after == ["401 session_ended refresh_reused"] * 2


RENEW = """() => fetch("/api/v1/auth/refresh", { method: "POST", headers: {
    "X-CSRF-TOKEN": document.cookie.match(/csrf_refresh_token=([^;]+)/)[1] } }).then((a) => a.status)"""
