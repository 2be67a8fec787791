"""The documentation, where trying it out works the first time: by cookie with its CSRF header, and by bearer token."""

import json

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Visit
from tests.browser.people import Site, address
from tests.cast import PASSWORD

FEW = ("/api/v1/auth/login", "/api/v1/auth/token", "/api/v1/tasks")


def run(page: Page, operation: str, body: object = None) -> str:
    """Open an operation, execute it, and give the status of its answer once the page shows it."""
    block = page.locator(f"[id$='-{operation}']")
    if "is-open" not in str(block.get_attribute("class")):
        block.locator(".opblock-summary-control").first.click()
    if body is not None:
        block.locator("textarea.body-param__text").fill(json.dumps(body))
    with page.expect_response(lambda answer: answer.request.method != "OPTIONS" and "/api/v1/" in answer.url) as it:
        block.get_by_role("button", name="Execute").click()
    status = str(it.value.status)
    block.locator(".live-responses-table tbody .response-col_status", has_text=status).first.wait_for()
    return status


def excerpt(route: Route) -> None:
    """The document, with four operations: a page of all of them takes its time."""
    answer = route.fetch()
    document = answer.json()
    document["paths"] = {path: document["paths"][path] for path in FEW}
    route.fulfill(response=answer, json=document)


def authorize(page: Page) -> None:
    """Copy the access token from the answer to where the page asks for it."""
    answer = "[id$='-issue_tokens'] .live-responses-table .response-col_description code"
    pair = json.loads(str(page.locator(answer).first.text_content()))
    page.get_by_role("button", name="Authorize").first.click()
    box = page.locator(".auth-container", has_text="bearer").first
    box.locator("input").first.fill(pair["access_token"])
    box.get_by_role("button", name="Apply credentials").click()
    page.locator(".close-modal").click()
    page.get_by_text("Bearer token in use.").wait_for()


def test_both_ways_work_the_first_time(visit: Visit, site: Site) -> None:
    visitor, account = visit(site.url), {"email": site.newcomer(), "password": PASSWORD}
    visitor.context.route("**/openapi.json", excerpt)
    page = visitor.open("/docs")

    assert run(page, "log_in", account) == "200"
    page.get_by_text("Signed in by cookie.").wait_for()
    assert run(page, "add_task", {"title": "By cookie"}) == "201"
    assert run(page, "issue_tokens", account) == "200"
    authorize(page)
    assert run(page, "add_task", {"title": "By bearer"}) == "201"
    sent = visitor.requests[-1].headers
    assert "authorization" in sent
    assert "x-csrf-token" not in sent


@pytest.mark.prove(only=True)
def test_a_session_by_cookie_needs_nothing_but_signing_in(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.open("/docs")
    account = {"email": address(), "password": PASSWORD}

    assert run(page, "register", account | {"name": "Ada"}) == "201"
    assert run(page, "log_in", account) == "200"
    page.get_by_text("Signed in by cookie.").wait_for()
    assert run(page, "add_task", {"title": "From the documentation"}) == "201"
    assert run(page, "refresh") == "200"
    assert run(page, "list_tasks") == "200"
    assert run(page, "log_out") == "204"
    assert run(page, "show_me") == "401"


@pytest.mark.prove(only=True)
def test_a_bearer_token_works_once_it_is_authorized(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page, email = visitor.open("/docs"), site.newcomer()

    assert run(page, "issue_tokens", {"email": email, "password": PASSWORD}) == "200"
    authorize(page)
    assert run(page, "show_me") == "200"
    assert run(page, "add_task", {"title": "By bearer"}) == "201"
    assert visitor.cookies() == {}
    assert page.evaluate("JSON.stringify({...localStorage})") == "{}"
