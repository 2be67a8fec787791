"""Every button of the demo does what it says: the account, its devices, the links in its mails."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.people import Site, address
from tests.browser.playing import stale
from tests.browser.pressing import go, press, said
from tests.cast import PASSWORD
from tests.live.letters import token
from tests.live.server import CHECKOUT, serve

MAIL_PAGE = CHECKOUT / "app/demo/pages/mail.html"
NEW_PASSWORD = "seven green lanterns drifting"


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
    expect(page.get_by_role("list", name="My devices").get_by_role("listitem")).to_have_count(1)
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
    expect(page.get_by_text("The account was opened")).to_have_count(1)


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

    expect(visit(site.url).enter(email, NEW_PASSWORD).locator(".who")).to_have_count(1)


def confirmed(page: Page, site: Site) -> Page:
    page.goto(f"{site.url}/#/verify?token={token(site.mails, site.newcomer(), 'verify')}")
    press(page, "Confirm my address")
    page.get_by_role("heading", name="Your address is confirmed").wait_for()
    return page


def test_an_address_is_confirmed(visit: Visit, site: Site) -> None:
    page = confirmed(visit(site.url).context.new_page(), site)
    page.get_by_role("link", name="Go on").click()

    page.get_by_role("heading", name="The door stays yours.").wait_for()
    assert "token" not in page.url


def without_the_demo(route: Route) -> None:
    route.fulfill(response=route.fetch(), body=MAIL_PAGE.read_text())


def test_an_address_is_confirmed_on_the_page_for_mails_alone(visit: Visit, site: Site) -> None:
    page = visit(site.url).context.new_page()
    page.route(f"{site.url}/", without_the_demo)

    confirmed(page, site)
    page.goto(f"{site.url}/#/constructor?Call=0900")
    page.reload()

    page.get_by_text("Links in our mails lead here.").wait_for()
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.prove(only=True)
def test_an_address_is_confirmed_where_there_is_no_demo(visit: Visit, tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('plain') / 'latchkey.db'}"
    with serve(url, workers=2, DEMO="off", MAIL_URL="file:mails") as server:
        plain = Site(server, url)

        page = confirmed(visit(plain.url).context.new_page(), plain)

        expect(page.get_by_role("link")).to_have_count(0)


def take_along(page: Page, folder: Path) -> dict[str, Any]:
    """Ask for the data, refuse to prove the password once, then prove it."""
    press(page, "Download my data")
    press(page, "Not now")
    said(page, "Prove your password again")
    press(page, "Download my data")
    page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    with page.expect_download() as download:
        press(page, "Prove it")
    download.value.save_as(folder / "data.json")
    data: dict[str, Any] = json.loads((folder / "data.json").read_text())
    return data


def test_data_is_taken_along_after_the_password_is_proven(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(site.url).enter(site.newcomer())
    go(page, "Account")
    page.route("**/me/export", stale, times=2)

    assert "tables" in take_along(page, tmp_path)


@pytest.mark.prove(only=True)
def test_data_is_taken_along_when_the_proof_is_old(visit: Visit, brief: Site, tmp_path: Path) -> None:
    page = visit(brief.url).enter(brief.newcomer())
    go(page, "Account")
    page.wait_for_timeout(15_100)

    assert "tables" in take_along(page, tmp_path)
