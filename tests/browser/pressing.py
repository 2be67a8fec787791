"""What people do with the demo."""

from playwright.sync_api import Page


def press(page: Page, name: str) -> None:
    """Press the button."""
    page.get_by_role("button", name=name, exact=True).click()


def go(page: Page, name: str) -> None:
    """Go to the page of this name."""
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def said(page: Page, text: str) -> None:
    """Wait until it is said."""
    page.locator("#note, main").get_by_text(text).first.wait_for(state="attached")
