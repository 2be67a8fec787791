"""What the README shows works through the deployment, too: by curl, and in a browser."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.chromium import launched
from tests.browser.pressing import press
from tests.cast import PASSWORD
from tests.deploy.conftest import Deployment
from tests.deploy.nginx import NAME
from tests.patience import PATIENCE
from tests.readme.blocks import block

SAYS = {
    "A session by cookie": ['"name":"Ada"', '"title":"Water the plants"', '"reason": "logout"'],
    "A session by bearer": ['"title":"Count the boats"', '"reason": "logout"'],
}


@pytest.mark.parametrize("section", SAYS)
def test_a_session_of_the_readme_works_through_nginx(deployment: Deployment, section: str, tmp_path: Path) -> None:
    where = f"connect-to = {NAME}:443:127.0.0.1:{deployment.proxy.port}"
    (tmp_path / ".curlrc").write_text(f"cacert = {deployment.proxy.certificate}\n{where}\n")
    script = block(section).replace("http://localhost:8000", f"https://{NAME}")

    done = subprocess.run(
        ["sh", "-euc", script],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert [said for said in SAYS[section] if said not in done.stdout] == []


@pytest.fixture(scope="module")
def context(deployment: Deployment) -> Iterator[BrowserContext]:
    """A browser that finds the name here; the certificate is of this test's own making."""
    with launched(f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{deployment.proxy.port}") as browser:
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(PATIENCE * 1000)
        yield context


def test_the_demo_works_in_a_browser_through_nginx(context: BrowserContext) -> None:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"https://{NAME}/")
    press(page, "New here")
    page.get_by_label("E-mail").fill("browser@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Create the account")
    page.get_by_role("heading", name="Tasks").wait_for()
    page.get_by_label("What is to be done?").fill("Oil the latch")
    press(page, "Add")
    page.get_by_role("button", name="To do: Oil the latch. Move on").click()
    page.reload()
    page.get_by_role("button", name="Under way: Oil the latch. Move on").wait_for()

    kept = {each["name"]: (each["secure"], each["httpOnly"]) for each in context.cookies()}
    assert kept == {
        "__Host-access_token": (True, True),
        "__Host-refresh_token": (True, True),
        "__Host-csrf_access_token": (True, False),
        "__Host-csrf_refresh_token": (True, False),
    }
    press(page, "Sign out")
    page.get_by_text("You signed out.").wait_for()
    assert [each for each in said if "401" not in each] == []
