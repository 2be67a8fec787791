"""What people do with the demo."""

from playwright.sync_api import Page


def press(page: Page, name: str) -> None:
    """Press the button."""
    page.get_by_role("button", name=name, exact=True).click()


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in at the door; the first page is drawn when this returns, its list may be on its way."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")
    page.get_by_role("heading", name="Tasks").wait_for()


def go(page: Page, name: str) -> None:
    """Go to the page of this name."""
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def said(page: Page, text: str) -> None:
    """Wait until it is said."""
    page.locator("#note, main").get_by_text(text).first.wait_for(state="attached")
