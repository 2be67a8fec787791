"""A site served by two workers, a browser, and people in it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import launched, npm_packages
from tests.browser.people import Site, Visitor
from tests.browser.strangers import Host, hosted
from tests.live.server import CHECKOUT, free_port, serve

PACKAGES = ("esbuild@0.28", "axe-core@4", "axios@1", "ky@1", "typescript@5")
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser without a window; of one module, since its event loop is in the way of other tests."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def elsewhere() -> int:
    """The port of a page that is listed in CORS_ORIGINS."""
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, elsewhere: int) -> Iterator[Site]:
    """The application with its demo, as `make run` serves it, by two workers."""
    database = tmp_path_factory.mktemp("site") / "latchkey.db"
    origins = f"http://localhost:{elsewhere}"
    url = f"sqlite:///{database}"
    with serve(url, workers=2, MAIL_URL="file:mails", CORS_ORIGINS=origins) as server:
        yield Site(server, url)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Browsers of people, each with cookies of their own; what their consoles said must have been expected."""
    visitors: list[Visitor] = []

    def visit(url: str, **options: object) -> Visitor:
        context: BrowserContext = chromium.new_context(**options)  # type: ignore[arg-type]  # Playwright's own names
        context.set_default_timeout(10_000)
        visitors.append(Visitor(context, url))
        return visitors[-1]

    yield visit
    for each in visitors:
        each.context.close()
    assert [said for each in visitors for said in each.complaints] == []


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what tests need of npm, and the client as a project would install it; shared by all processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return npm_packages(shared / "npm", *PACKAGES, f"{CHECKOUT / 'app/demo/client'}")


@pytest.fixture
def page_elsewhere(elsewhere: int, tmp_path: Path) -> Iterator[Host]:
    """A page of another origin on the same site, listed in CORS_ORIGINS; serves what is put into its folder."""
    with hosted(tmp_path, port=elsewhere) as host:
        yield host


@pytest.fixture
def stranger_page(tmp_path: Path) -> Iterator[Host]:
    """A page of an origin that nobody listed."""
    with hosted(tmp_path, port=free_port()) as host:
        yield host
