"""Every button of the demo does what it says: the doors, tasks, roles, what happens if."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import Site, Visitor, address
from tests.browser.pressing import go, press, said
from tests.cast import PASSWORD


def test_sign_up_sign_out_and_sign_in(visit: Visit, site: Site) -> None:
    visitor, email = visit(site.url), address()
    page = visitor.open()
    press(page, "New here")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Create the account")
    page.get_by_role("heading", name="Tasks").wait_for()
    press(page, "Sign out")
    said(page, "You signed out.")
    press(page, "New here")
    press(page, "Welcome back")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("wrong")
    press(page, "Sign in")
    page.get_by_role("alert").get_by_text("password").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.get_by_role("heading", name="Tasks").wait_for()

    assert page.locator(".who").text_content() == "Ada"


def test_what_is_wrong_stands_at_its_field(visit: Visit, site: Site) -> None:
    page = visit(site.url).open()
    press(page, "New here")
    page.get_by_label("E-mail").fill(address())
    page.get_by_label("Password").fill("short")
    press(page, "Create the account")

    page.locator("#field-password-error").get_by_text("8").wait_for()
    assert page.get_by_label("Password").get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.name") == "password"


def test_tasks_are_added_moved_on_shown_and_deleted(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    press(page, "Add")
    page.get_by_text("This is needed.").wait_for()
    visitor.add_tasks(page, *(f"Old {n}" for n in range(21)))
    page.get_by_label("What is to be done?").fill("Oil the latch")
    press(page, "Add")
    for state in ("To do", "Under way", "Done"):
        page.get_by_role("button", name=f"{state}: Oil the latch. Move on").click()
    page.get_by_role("button", name="To do: Oil the latch. Move on").wait_for()
    press(page, "Show more")
    page.get_by_text("Old 0", exact=True).wait_for()
    press(page, "Delete Oil the latch")
    page.get_by_role("button", name="Delete Oil the latch").wait_for(state="detached")

    expect(page.get_by_role("list", name="My tasks").get_by_role("listitem")).to_have_count(20)


def test_roles_open_doors_from_the_next_request(visit: Visit, site: Site) -> None:
    email, other = site.newcomer(), site.newcomer()
    page = visit(site.url).enter(email)
    go(page, "Roles")
    press(page, "Knock: List all accounts")
    page.get_by_text("403 · permission_denied").wait_for()
    site.grant(email, "admin")
    for door in ("Read my tasks", "List all accounts", "Read the audit trail"):
        press(page, f"Knock: {door}")
    page.get_by_text("200 · come in").nth(2).wait_for()
    press(page, "Look again")
    chip = page.get_by_role("button", name=f"support for {other}")
    chip.click()
    said(page, f"{other}: now support.")
    page.get_by_role("button", name=f"support for {other}", pressed=True).wait_for()

    assert chip.get_attribute("aria-pressed") == "true"


def test_a_second_tab_follows(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    go(page, "What happens if")
    with visitor.context.expect_page() as opened:
        press(page, "Open a second tab")
    press(opened.value, "Sign out")

    said(page, "You signed out in another tab.")


def steps(page: Page, button: str) -> Locator:
    """What is told of the experiment with this button."""
    experiment = page.locator(".experiment", has=page.get_by_role("button", name=button, exact=True))
    return experiment.locator(".steps")


@pytest.mark.parametrize(
    ("button", "outcomes"),
    [
        (
            "Refresh twice at once",
            ["Answered 200 and 200.", "Gave both the same successor", "You are still signed in."],
        ),
        ("Lose the answer", ["The same successor each time.", "Nobody was logged out."]),
        ("Replay a stolen token", ["401 refresh_reused", "401 session_ended (refresh_reused)", "Both are out"]),
        ("Let the token expire", ["credentials_missing", "Its action says what helps: refresh.", "Nobody noticed."]),
    ],
)
def test_what_happens_if(visit: Visit, site: Site, button: str, outcomes: list[str]) -> None:
    visitor: Visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    go(page, "What happens if")
    press(page, button)
    page.get_by_text("First write your password").wait_for()
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, button)
    if "expire" in button:
        press(page, "Do not wait")

    for outcome in outcomes:
        expect(steps(page, button)).to_contain_text(outcome)
    assert page.evaluate("fetch('/api/v1/me').then((a) => a.status)") == 200


@pytest.mark.prove(only=True)
def test_a_token_expires_by_itself_and_nobody_notices(visit: Visit, brief: Site) -> None:
    page = visit(brief.url).enter(brief.newcomer())
    go(page, "What happens if")
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Let the token expire")

    page.locator(".steps").get_by_text("401 token_expired").wait_for()
    page.get_by_text("Nobody noticed.").wait_for()
    page.reload()
    page.get_by_role("heading", name="What happens if").wait_for()
    expect(page.locator(".who")).to_have_count(1)


def test_a_browser_that_keeps_no_cookie_is_told_how_to_go_on(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.open()
    page.evaluate("Object.defineProperty(document, 'cookie', { get: () => '' })")
    page.get_by_label("E-mail").fill(site.newcomer())
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")

    advice = page.get_by_role("alert").get_by_text("COOKIE_SECURE=false")
    advice.wait_for()
    expect(advice).to_have_count(1)
