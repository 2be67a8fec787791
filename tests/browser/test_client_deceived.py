"""Whoever stands in for the server, or beside the page, gets nothing out of the client."""

import json

from playwright.sync_api import Page, Route

from tests.browser.conftest import Visit
from tests.browser.people import BLANK, Site, Visitor, equip
from tests.browser.playing import DONE, ENDED, EXPIRED, RENEWED, Answer, Script, asked_of_the_app, call
from tests.browser.strangers import Host

API_ELSEWHERE = "http://api.example.test"
PORTAL: Answer = (200, {}, {"Content-Type": "text/html"})
MALFORMED = """{"code": "session_ended", "action": "constructor", "errors": "none", "detail": {"a": 1},
    "__proto__": {"polluted": true}}"""


def portal(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<h1>Welcome to our wireless network</h1>")


def test_a_page_in_the_place_of_an_answer_is_a_problem_and_no_success(page: Page) -> None:
    page.route("**/api/v1/**", portal)

    codes = page.evaluate(
        """() => Promise.all([auth.login("a@b.example", "right"), auth.me(), auth.logout(), auth.stepUp("right")].map(
            (each) => each.then(() => "done", (problem) => problem.code)))"""
    )

    assert codes == ["http_200"] * 4
    assert asked_of_the_app(page) == []


def test_a_page_in_the_place_of_a_refresh_logs_nobody_out(page: Page, script: Script) -> None:
    script({"/x": [EXPIRED], "/auth/refresh": [PORTAL]})

    assert call(page) == "token_expired"
    assert asked_of_the_app(page) == []


def test_a_redirect_takes_neither_the_body_nor_the_csrf_value_along(
    page: Page, site: Site, stranger_page: Host
) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.route("**/api/v1/x", lambda route: route.fulfill(status=307, headers={"Location": f"{stranger_page.url}/x"}))

    assert call(page, "POST", json={"password": "secret"}) == "network"
    assert seen == [f"{site.url}/api/v1/x"]


def test_the_cookie_with_the_prefix_is_the_one_that_counts(page: Page, visitor: Visitor, script: Script) -> None:
    tossed = {"name": "csrf_access_token", "value": "tossed", "domain": "localhost", "path": "/blank"}
    prefixed = {"name": "__Host-csrf_access_token", "value": "right", "url": "https://localhost", "secure": True}
    visitor.context.add_cookies([tossed, prefixed])  # type: ignore[list-item]  # Playwright's own dictionaries
    asked = script({"/x": [DONE]})

    call(page, "POST")

    assert asked == ["POST /x right"]


def test_what_others_say_on_the_channel_of_the_tabs_is_not_handed_on(page: Page) -> None:
    page.evaluate("auth.fetch('/nowhere').catch(() => 0)")
    page.evaluate(
        """() => new Promise((heard) => {
            const forged = new BroadcastChannel(`latchkey ${auth.root}`);
            new BroadcastChannel(`latchkey ${auth.root}`).onmessage = ({ data }) => data == "login" && heard();
            for (const each of [{ what: "login" }, "<b>", null, "login"]) forged.postMessage(each);
        })"""
    )

    assert asked_of_the_app(page) == ["login elsewhere"]


def test_a_problem_of_odd_members_is_a_problem_all_the_same(page: Page) -> None:
    headers = {"Content-Type": "application/problem+json"}
    page.route("**/api/v1/x", lambda route: route.fulfill(status=401, headers=headers, body=MALFORMED))

    told = page.evaluate(
        "auth.fetch('/x').catch((p) => [p instanceof Problem, p.code, p.errors, typeof p.message, ({}).polluted])"
    )

    assert told == [True, "session_ended", [], "string", None]
    assert asked_of_the_app(page) == []


def test_a_login_whose_cookies_another_site_refuses_says_so_and_waits_for_nobody(page: Page) -> None:
    equip(page, f"{{ base: '{API_ELSEWHERE}', onLogin: () => new Promise(() => {{}}) }}")
    said = {
        "X-CSRF-Access": "a",
        "X-CSRF-Refresh": "r",
        "Access-Control-Expose-Headers": "X-CSRF-Access, X-CSRF-Refresh",
    }
    allowed = {"Access-Control-Allow-Origin": page.evaluate("origin"), "Access-Control-Allow-Credentials": "true"}
    answers: dict[str, Answer] = {"login": (200, {"user": {}}, said), "me": ENDED, "refresh": ENDED}

    def play(route: Route) -> None:
        status, body, headers = answers[route.request.url.rpartition("/")[2]]
        route.fulfill(status=status, body=json.dumps(body), headers=headers | allowed)

    page.route(f"{API_ELSEWHERE}/**", play)

    code = page.evaluate(
        """() => Promise.race([auth.login("a@b.example", "right").catch((problem) => problem.code),
            new Promise((done) => setTimeout(done, 600_000, "waits"))])"""
    )

    assert code == "cookies_refused"
    assert page.evaluate("auth.signedIn") is False


def test_a_request_made_by_a_library_is_repeated_with_its_body(page: Page) -> None:
    sent: list[tuple[str, str | None]] = []
    answers = [EXPIRED, RENEWED, DONE]

    def play(route: Route) -> None:
        sent.append((route.request.url.rpartition("/")[2], route.request.post_data))
        status, body, headers = answers.pop(0)
        route.fulfill(status=status, body=json.dumps(body), headers=headers)

    page.route("**/api/v1/**", play)
    status = page.evaluate(
        """() => auth.respond(new Request("/api/v1/tasks", { method: "POST", body: '{"title": "By hand"}',
            headers: { "Content-Type": "application/json" } })).then((answer) => answer.status)"""
    )

    body = '{"title": "By hand"}'
    assert (status, sent) == (200, [("tasks", body), ("refresh", None), ("tasks", body)])


def test_a_framed_page_shows_nothing(visit: Visit, site: Site, stranger_page: Host) -> None:
    stranger_page.put(
        "frame.html", f'{BLANK}<iframe src="{site.url}/"></iframe><iframe src="{site.url}/docs"></iframe>'
    )
    visitor = visit(stranger_page.url)
    page = visitor.open("/frame.html")

    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"] * 2
    visitor.complaints.clear()  # the browser says what it has refused
