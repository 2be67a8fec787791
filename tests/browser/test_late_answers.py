"""An answer that comes late: it overwrites nothing newer, and ends no session that it is not about."""

import json

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.people import Site, Visitor
from tests.browser.playing import ENDED, Answer
from tests.browser.pressing import go, press, said, sign_in
from tests.cast import PASSWORD

DRAWN = "() => new Promise((done) => setTimeout(done))"
TASKS = "**/api/v1/tasks?limit=20"
DEVICES = "**/api/v1/me/sessions?limit=100"


class Late:
    """The next answer to this: the server has given it, and it stays on its way until it is let through."""

    def __init__(self, page: Page, glob: str) -> None:
        self._page = page
        self._kept: list[tuple[Route, APIResponse]] = []
        page.route(glob, lambda route: self._kept.append((route, route.fetch())), times=1)

    def arrives(self, otherwise: Answer | None = None) -> None:
        """Let it through, as it was given or as this one, and wait until the page has drawn what it makes of it."""
        ((route, answer),) = self._kept
        with self._page.expect_event("requestfinished", lambda request: request == route.request):
            if otherwise:
                status, body, headers = otherwise
                route.fulfill(status=status, headers=headers, body=json.dumps(body))
            else:
                route.fulfill(response=answer)
        self._page.evaluate(DRAWN)


def enter(visitor: Visitor, email: str) -> tuple[Page, Late]:
    """Sign in; the first list is still on its way."""
    page = visitor.open()
    late = Late(page, TASKS)
    sign_in(page, email, PASSWORD)
    return page, late


def test_an_older_list_of_tasks_covers_no_newer_one(visit: Visit, site: Site) -> None:
    page, late = enter(visit(site.url), site.newcomer())
    page.get_by_label("What is to be done?").fill("Oil the latch")
    press(page, "Add")
    task = page.get_by_role("button", name="To do: Oil the latch. Move on")
    task.wait_for()

    late.arrives()

    expect(task).to_have_count(1)


def test_an_older_list_of_devices_covers_no_newer_one(visit: Visit, site: Site) -> None:
    email = site.newcomer()
    page = visit(site.url).enter(email)
    for number in (1, 2):
        visit(site.url, user_agent=f"Mozilla/5.0 (X11; Linux) Firefox/{number}").enter(email)
    go(page, "Devices")
    devices = page.get_by_role("list", name="My devices").get_by_role("listitem")
    expect(devices).to_have_count(3)
    late = Late(page, DEVICES)
    page.get_by_role("button", name="Sign out Firefox on Linux").first.click()
    said(page, "That device is signed out.")
    press(page, "Sign out the others")
    expect(devices).to_have_count(1)

    late.arrives()

    expect(devices).to_have_count(1)


def test_a_late_refusal_leaves_the_door_as_it_is(visit: Visit, site: Site) -> None:
    page, late = enter(visit(site.url), site.newcomer())
    press(page, "Sign out")
    said(page, "You signed out.")
    page.get_by_label("E-mail").fill("half an addr")

    late.arrives(ENDED)

    expect(page.get_by_label("E-mail")).to_have_value("half an addr")
    expect(page.locator(".why")).to_have_text("You signed out.")


def test_a_late_refusal_ends_no_session_that_began_since(visit: Visit, site: Site) -> None:
    email = site.newcomer()
    page, late = enter(visit(site.url), email)
    press(page, "Sign out")
    said(page, "You signed out.")
    sign_in(page, email, PASSWORD)

    late.arrives(ENDED)

    expect(page.locator(".who")).to_have_count(1)
