"""Each page, wide and narrow, light and dark: nothing is refused, nothing jumps, and a screen reader can use it."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.people import Site, Visitor, address
from tests.browser.pressing import go, press, said
from tests.cast import PASSWORD

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 360, "height": 740}}
OPEN = ["/", "/#/forgot", "/#/verify?token=x", "/#/reset?token=x", "/#/email?token=x"]
MINE = ["/#/", "/#/devices", "/#/history", "/#/account", "/#/roles", "/#/lab"]
WATCH = """
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
        for (const each of list.getEntries()) if (!each.hadRecentInput) shifted += each.value;
    }).observe({ type: "layout-shift", buffered: true });
    addEventListener("securitypolicyviolation", ({ violatedDirective }) => console.error(`CSP ${violatedDirective}`));
"""
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(" | ")}`)"""
PALE = SERIOUS.replace("document, {", "document, { runOnly: ['color-contrast'],")
MAX_SHIFT = 0.02
ALL = [("wide", "light"), ("narrow", "dark"), ("wide", "dark"), ("narrow", "light")]
LOOKS = pytest.mark.parametrize(("size", "scheme"), ALL)


def look(page: Page, axe: str) -> dict[str, Any]:
    """What is wrong with the page as it stands."""
    expect(page.locator("[aria-busy]")).to_have_count(0)
    page.evaluate(axe)  # by the debugger: the policy lets no script of ours in either
    return {"serious": page.evaluate(SERIOUS), "shifted": page.evaluate("shifted") > MAX_SHIFT} | outline(page)


def outline(page: Page) -> dict[str, bool]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return {"sticks out": wide > 0}


def at_night(page: Page) -> dict[str, Any]:
    """What is wrong with it in the dark, on a narrow screen: as `look`, but only what that changes."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(SIZES["narrow"])  # type: ignore[arg-type]  # Playwright's own dictionary
    pale = page.evaluate(PALE)
    found = {"pale": pale} | outline(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZES["wide"])  # type: ignore[arg-type]  # the same
    return found


def walk(visitor: Visitor, site: Site, axe: str, *, twice: bool) -> list[tuple[str, dict[str, Any]]]:
    """What is wrong on each page of the demo, by its path."""
    visitor.context.add_init_script(WATCH)
    page, found = visitor.context.new_page(), []
    for path in [*OPEN, *MINE]:
        if path == MINE[0]:
            page.close()
            account = {"email": f"{'long' * 12}.{address()}", "password": PASSWORD}
            visitor.context.request.post(f"{site.url}/api/v1/auth/register", data=account)
            page = visitor.enter(account["email"])
            visitor.add_tasks(page, "Water the plants", "long" * 50)
        page.goto("about:blank")
        page.goto(f"{site.url}{path}")
        page.wait_for_selector("[data-ready]")
        found += [(path, look(page, axe))] + [(f"{path} at night", at_night(page))] * twice
    return [(path, wrong) for path, wrong in found if any(wrong.values())]


def test_every_page_of_the_demo_is_in_order(visit: Visit, site: Site, axe: str) -> None:
    visitor = visit(site.url, viewport=SIZES["wide"], reduced_motion="reduce")

    assert walk(visitor, site, axe, twice=True) == []
    assert visitor.complaints == []


@pytest.mark.prove(only=True)
@LOOKS
def test_every_page_of_the_demo_is_in_order_for_whoever_looks(
    visit: Visit, site: Site, axe: str, size: str, scheme: str
) -> None:
    visitor = visit(site.url, color_scheme=scheme, viewport=SIZES[size], reduced_motion="reduce")

    assert walk(visitor, site, axe, twice=False) == []
    assert visitor.complaints == []


def open_docs(visitor: Visitor) -> Page:
    """The documentation with one operation open."""
    visitor.context.add_init_script(WATCH)
    page = visitor.open("/docs")
    page.locator(".opblock").first.wait_for()
    page.locator("[id$='-log_in'] .opblock-summary-control").first.click()
    page.locator("pre.example[tabindex]").first.wait_for()
    return page


@pytest.mark.prove(only=True)
@LOOKS
def test_the_documentation_is_in_order(visit: Visit, site: Site, axe: str, size: str, scheme: str) -> None:
    visitor = visit(site.url, color_scheme=scheme, viewport=SIZES[size], reduced_motion="reduce")

    found = look(open_docs(visitor), axe)

    assert (found["serious"], found["sticks out"]) == ([], False)
    assert visitor.complaints == []


def test_the_keyboard_is_enough(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.open()
    page.get_by_label("E-mail").focus()
    page.keyboard.type(site.newcomer())
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Tasks").wait_for()
    page.reload()
    page.wait_for_selector("[data-ready]")
    title = page.locator("[name=title]")
    title.wait_for()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    address = page.url
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(title).to_be_focused()
    assert page.url == address


def test_whoever_works_through_a_list_by_keyboard_keeps_their_place(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    visitor.add_tasks(page, "Third", "Second", "First")
    go(page, "Devices")
    go(page, "Tasks")
    state = page.get_by_role("button", name="To do: Second. Move on")
    state.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Under way: Second. Move on").wait_for()
    moved = page.evaluate("document.activeElement.ariaLabel")
    page.get_by_role("button", name="Delete Second").press("Enter")
    page.get_by_role("button", name="Delete Second").wait_for(state="detached")

    assert moved == "Under way: Second. Move on"
    assert page.evaluate("document.activeElement.ariaLabel") == "Delete Third"


def test_whoever_goes_to_another_page_hears_its_heading(visit: Visit, site: Site) -> None:
    page = visit(site.url).enter(site.newcomer())
    expect(page.get_by_role("heading", name="Tasks", level=1)).to_be_focused()
    go(page, "Account")
    expect(page.get_by_role("heading", name="Account", level=1)).to_be_focused()
    press(page, "Sign out")
    said(page, "You signed out.")

    expect(page.get_by_role("heading", name="The door stays yours.", level=1)).to_be_focused()


def test_while_the_server_is_away_nobody_is_shown_the_door(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())
    page.route("**/api/v1/**", lambda route: route.abort())
    go(page, "Devices")
    page.get_by_text("The server did not answer.").wait_for()
    page.reload()
    page.get_by_text("You are still signed in.").wait_for()
    page.unroute("**/api/v1/**")
    press(page, "Try again")
    page.get_by_role("list", name="My devices").get_by_text("this one").wait_for()

    expect(page.get_by_text("You are still signed in.")).to_have_count(0)
    visitor.complaints[:] = [each for each in visitor.complaints if "ERR_FAILED" not in each]


def test_a_slow_answer_is_waited_for_in_sight_and_nothing_jumps_when_it_comes(visit: Visit, site: Site) -> None:
    def hold(route: Route) -> None:
        page.get_by_role("status").get_by_text("One moment").wait_for()
        route.continue_()

    visitor = visit(site.url, viewport=SIZES["narrow"])
    visitor.context.add_init_script(WATCH)
    page = visitor.enter(site.newcomer())
    page.route("**/api/v1/me", hold, times=1)
    page.reload()

    page.get_by_role("heading", name="Tasks").wait_for()
    expect(page.get_by_role("status").get_by_text("One moment")).to_have_count(0)
    assert page.evaluate("shifted") <= MAX_SHIFT


def test_a_page_that_was_kept_aside_is_loaded_anew(visit: Visit, site: Site) -> None:
    page = visit(site.url).open()

    with page.expect_event("load"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def test_a_page_without_its_token_sends_people_back_to_the_mail(visit: Visit, site: Site) -> None:
    page = visit(site.url).open("/#/reset?token=once")
    page.get_by_label("New password").wait_for()
    page.reload()

    page.get_by_role("heading", name="Open the link again").wait_for()
    expect(page.get_by_role("button")).to_have_count(0)
