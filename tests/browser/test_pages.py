"""Each page, wide and narrow, light and dark: nothing is refused, nothing jumps, and a screen reader can use it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.people import Site
from tests.counts import count

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
MAX_SHIFT = 0.02
ALL = [("wide", "light"), ("narrow", "dark"), ("wide", "dark"), ("narrow", "light")]
LOOKS = pytest.mark.parametrize(("size", "scheme"), ALL[: count(2, 4, 4)])


def look(page: Page, axe: str) -> dict[str, Any]:
    """What is wrong with the page as it stands."""
    page.wait_for_load_state("networkidle")
    page.evaluate(axe)  # by the debugger: the policy lets no script of ours in either
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return {"serious": page.evaluate(SERIOUS), "shifted": page.evaluate("shifted") > MAX_SHIFT, "sticks out": wide > 0}


@LOOKS
def test_every_page_of_the_demo_is_in_order(visit: Visit, site: Site, npm: Path, size: str, scheme: str) -> None:
    axe = (npm / "node_modules/axe-core/axe.min.js").read_text()
    visitor = visit(site.url, color_scheme=scheme, viewport=SIZES[size])
    visitor.context.add_init_script(WATCH)
    found = {}
    for path in OPEN:
        found[path] = look(visitor.open(path), axe)
    visitor.enter(site.newcomer()).evaluate(
        """() => fetch("/api/v1/tasks", { method: "POST", body: '{"title": "Water the plants"}', headers: {
            "Content-Type": "application/json",
            "X-CSRF-TOKEN": document.cookie.match(/csrf_access_token=([^;]+)/)[1] } })"""
    )
    for path in MINE:
        found[f"{path} signed in"] = look(visitor.open(path), axe)

    assert [(path, each) for path, each in found.items() if any(each.values())] == []
    assert visitor.complaints == []


@LOOKS
def test_the_documentation_is_in_order(visit: Visit, site: Site, npm: Path, size: str, scheme: str) -> None:
    axe = (npm / "node_modules/axe-core/axe.min.js").read_text()
    visitor = visit(site.url, color_scheme=scheme, viewport=SIZES[size])
    visitor.context.add_init_script(WATCH)
    page = visitor.open("/docs")
    page.locator(".opblock").first.wait_for()
    page.locator("[id$='-log_in'] .opblock-summary-control").first.click()
    page.locator("pre.example[tabindex]").first.wait_for()

    found = look(page, axe)

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
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.name") == "title"
