"""The documentation, where trying it out works the first time: by cookie with its CSRF header, and by bearer token."""

import json

from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.people import Site, address
from tests.cast import PASSWORD


def run(page: Page, operation: str, body: object = None) -> str:
    """Open an operation, execute it, and give the status of its answer."""
    block = page.locator(f"[id$='-{operation}']")
    if "is-open" not in str(block.get_attribute("class")):
        block.locator(".opblock-summary-control").first.click()
    if body is not None:
        block.locator("textarea.body-param__text").fill(json.dumps(body))
    with page.expect_response(lambda answer: answer.request.method != "OPTIONS" and "/api/v1/" in answer.url):
        block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table tbody .response-col_status").first
    status.wait_for()
    return str(status.text_content()).strip()[:3]


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


def test_a_bearer_token_works_once_it_is_authorized(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page, email = visitor.open("/docs"), site.newcomer()

    assert run(page, "issue_tokens", {"email": email, "password": PASSWORD}) == "200"
    pair = json.loads(
        str(
            page.locator(
                "[id$='-issue_tokens'] .live-responses-table .response-col_description code"
            ).first.text_content()
        )
    )
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container", has_text="bearer").first.locator("input").first.fill(pair["access_token"])
    page.locator(".auth-container", has_text="bearer").first.get_by_role("button", name="Apply credentials").click()
    page.locator(".close-modal").click()
    page.get_by_text("Bearer token in use.").wait_for()

    assert run(page, "show_me") == "200"
    assert run(page, "add_task", {"title": "By bearer"}) == "201"
    assert visitor.cookies() == {}
    assert page.evaluate("JSON.stringify({...localStorage})") == "{}"
