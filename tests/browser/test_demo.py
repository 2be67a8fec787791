"""Every button of the demo does what it says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.people import Site, Visitor, address
from tests.cast import PASSWORD
from tests.live.letters import token
from tests.live.server import serve

NEW_PASSWORD = "seven green lanterns drifting"


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose access tokens and proofs of password are soon over."""
    url = f"sqlite:///{tmp_path_factory.mktemp('brief') / 'latchkey.db'}"
    with serve(url, workers=2, ACCESS_TOKEN_TTL="2s", FRESH_TTL="1s") as server:
        yield Site(server, url)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def said(page: Page, text: str) -> None:
    page.get_by_role("status").get_by_text(text).or_(page.locator("main").get_by_text(text)).first.wait_for()


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
    page.evaluate(
        """async () => {
            const csrf = document.cookie.match(/csrf_access_token=([^;]+)/)[1];
            for (let n = 0; n < 21; n++) await fetch("/api/v1/tasks", { method: "POST",
                headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": csrf }, body: `{"title": "Old ${n}"}` });
        }"""
    )
    page.get_by_label("What is to be done?").fill("Oil the latch")
    press(page, "Add")
    for state in ("To do", "Under way", "Done"):
        page.get_by_role("button", name=f"{state}: Oil the latch. Move on").click()
    page.get_by_role("button", name="To do: Oil the latch. Move on").wait_for()
    press(page, "Show more")
    page.get_by_text("Old 0", exact=True).wait_for()
    press(page, "Delete Oil the latch")
    page.get_by_role("button", name="Delete Oil the latch").wait_for(state="detached")

    assert page.get_by_role("list", name="My tasks").get_by_role("listitem").count() == 20


def test_devices_are_signed_out_one_by_one_the_others_and_all(visit: Visit, site: Site) -> None:
    email, here = site.newcomer(), visit(site.url)
    page = here.enter(email)
    others = [visit(site.url, user_agent=f"Mozilla/5.0 (X11; Linux) Firefox/{n}").enter(email) for n in (1, 2)]
    go(page, "Devices")
    page.get_by_role("button", name="Sign out Firefox on Linux").first.click()
    said(page, "That device is signed out.")
    press(page, "Sign out the others")
    said(page, "All other devices are signed out.")
    for other in others:
        go(other, "Devices")
        other.get_by_role("heading", name="The door stays yours.").wait_for()
    assert page.get_by_role("list", name="My devices").get_by_role("listitem").count() == 1
    press(page, "Sign out everywhere")
    said(page, "You signed out everywhere.")

    assert "access_token" not in here.cookies() or page.evaluate("fetch('/api/v1/me').then((a) => a.status)") == 401


def test_the_history_tells_and_goes_on(visit: Visit, site: Site) -> None:
    visitor, email = visit(site.url), site.newcomer()
    page = visitor.enter(email)
    page.evaluate(
        """async ([email]) => { for (let n = 16; n--; ) await fetch("/api/v1/auth/login", { method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ email, password: "wrong" }) }); }""",
        [email],
    )
    go(page, "History")
    page.get_by_text("A sign-in failed").first.wait_for()
    press(page, "Show more")

    page.get_by_text("The account was opened").wait_for()


def test_name_and_password_are_changed(visit: Visit, site: Site) -> None:
    email = site.newcomer()
    page = visit(site.url).enter(email)
    go(page, "Account")
    page.get_by_label("Name", exact=True).fill("Grace")
    press(page, "Save the name")
    page.locator(".who").get_by_text("Grace").wait_for()
    change = page.locator("#change-password")
    change.get_by_label("Password now").fill(PASSWORD)
    change.get_by_label("New password").fill(NEW_PASSWORD)
    press(page, "Change the password")
    said(page, "The password is changed.")

    assert visit(site.url).enter(email, NEW_PASSWORD).locator(".who").text_content() == "Grace"


def test_the_address_is_changed_by_the_link_in_the_mail(visit: Visit, site: Site) -> None:
    moved = address()
    page = visit(site.url).enter(site.newcomer())
    go(page, "Account")
    form = page.locator("#change-email")
    form.get_by_label("New e-mail").fill(moved)
    form.get_by_label("Password").fill(PASSWORD)
    press(page, "Send the link")
    said(page, "A link is on its way to the new address.")
    page.goto(f"{site.url}/#/email?token={token(site.mails, moved, 'email')}")
    press(page, "Use this address")
    page.get_by_role("heading", name="Your address is changed").wait_for()

    assert "token" not in page.url
    visit(site.url).enter(moved)


def test_a_forgotten_password_is_set_anew(visit: Visit, site: Site) -> None:
    email = site.newcomer()
    page = visit(site.url).open()
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill(email)
    press(page, "Send the link")
    said(page, "a link is on its way")
    link = f"{site.url}/#/reset?token={token(site.mails, email, 'reset')}"
    page.goto(link)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    press(page, "Set the password")
    page.get_by_role("heading", name="Your password is set").wait_for()
    page.goto(link)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    press(page, "Set the password")
    page.get_by_text("This link was used already").wait_for()

    visit(site.url).enter(email, NEW_PASSWORD)


def confirmed(page: Page, where: Site) -> Page:
    page.goto(f"{where.url}/#/verify?token={token(where.mails, where.newcomer(), 'verify')}")
    press(page, "Confirm my address")
    page.get_by_role("heading", name="Your address is confirmed").wait_for()
    return page


def test_an_address_is_confirmed_also_where_there_is_no_demo(
    visit: Visit, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('plain') / 'latchkey.db'}"
    with serve(url, workers=2, DEMO="off", MAIL_URL="file:mails") as server:
        plain = Site(server, url)
        pages = [confirmed(visit(each.url).context.new_page(), each) for each in (site, plain)]
        pages[-1].goto(f"{plain.url}/")
        pages[-1].reload()

        assert pages[-1].get_by_role("button").count() == 0


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
    page.wait_for_load_state("networkidle")

    assert chip.get_attribute("aria-pressed") == "true"


def test_data_is_taken_along_after_the_password_is_proven(visit: Visit, brief: Site, tmp_path: Path) -> None:
    visitor = visit(brief.url)
    page = visitor.enter(brief.newcomer())
    go(page, "Account")
    page.wait_for_timeout(1100)
    press(page, "Download my data")
    press(page, "Not now")
    said(page, "Prove your password again")
    press(page, "Download my data")
    page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    with page.expect_download() as download:
        press(page, "Prove it")
    download.value.save_as(tmp_path / "data.json")

    assert "tables" in json.loads((tmp_path / "data.json").read_text())


def test_a_second_tab_follows(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    go(page, "What happens if")
    with visitor.context.expect_page() as opened:
        press(page, "Open a second tab")
    press(opened.value, "Sign out")

    said(page, "You signed out in another tab.")


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
    if button != "Refresh twice at once":
        press(page, button)
        page.get_by_text("First write your password").wait_for()
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, button)
    if "expire" in button:
        press(page, "Do not wait")

    for outcome in outcomes:
        page.locator(".steps").get_by_text(outcome).first.wait_for()
    assert page.evaluate("fetch('/api/v1/me').then((a) => a.status)") == 200


def test_a_token_expires_by_itself_and_nobody_notices(visit: Visit, brief: Site) -> None:
    page = visit(brief.url).enter(brief.newcomer())
    go(page, "What happens if")
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Let the token expire")

    page.locator(".steps").get_by_text("401 token_expired").wait_for(timeout=20_000)
    page.get_by_text("Nobody noticed.").wait_for()
    page.reload()
    page.get_by_role("heading", name="What happens if").wait_for()
    assert page.locator(".who").count() == 1


def test_a_browser_that_keeps_no_cookie_is_told_how_to_go_on(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.open()
    page.evaluate("Object.defineProperty(document, 'cookie', { get: () => '' })")
    page.get_by_label("E-mail").fill(site.newcomer())
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")

    page.get_by_role("alert").get_by_text("COOKIE_SECURE=false").wait_for()
