"""A site served by two workers, a browser, and people in it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bench.sockets import free_port
from tests.browser.chromium import launched, npm_packages
from tests.browser.people import PATIENT, Site, Visitor, equip
from tests.browser.playing import Answer, Script
from tests.browser.strangers import Host, hosted
from tests.live.server import CHECKOUT, serve
from tests.patience import PATIENCE

HASTE = "{ const later = setTimeout; globalThis.setTimeout = (work, ms, ...all) => later(work, ms / 10, ...all); }"
PACKAGES = ("esbuild@0.28.2", "axios@1.21.1", "ky@1.14.3", "typescript@5.9.3")
Visit = Callable[..., Visitor]


expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser without a window; of these tests only, since its event loop is in the way of others."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def elsewhere() -> int:
    """The port of a page that is listed in CORS_ORIGINS."""
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, elsewhere: int) -> Iterator[Site]:
    """The application with its demo, as `make run` serves it, by two workers; a busy browser may ask again late."""
    database = tmp_path_factory.mktemp("site") / "latchkey.db"
    origins = f"http://localhost:{elsewhere}"
    url = f"sqlite:///{database}"
    with serve(url, workers=2, MAIL_URL="file:mails", CORS_ORIGINS=origins, REFRESH_REPLAY_SECONDS="60") as server:
        yield Site(server, url)


@pytest.fixture(scope="session")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose access tokens and proofs of password are soon over."""
    url = f"sqlite:///{tmp_path_factory.mktemp('brief') / 'latchkey.db'}"
    with serve(url, workers=2, ACCESS_TOKEN_TTL="5s", FRESH_TTL="15s") as server:
        yield Site(server, url)


def visiting(chromium: Browser, url: str, **options: object) -> Visitor:
    """Somebody's browser at this address."""
    context: BrowserContext = chromium.new_context(**options)  # type: ignore[arg-type]  # Playwright's own names
    context.set_default_timeout(PATIENCE * 1000)
    return Visitor(context, url)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Browsers of people, each with cookies of their own; what their consoles said must have been expected."""
    visitors: list[Visitor] = []

    def visit(url: str, **options: object) -> Visitor:
        visitors.append(visiting(chromium, url, **options))
        return visitors[-1]

    yield visit
    for each in visitors:
        each.context.close()
    assert [said for each in visitors for said in each.complaints] == []


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def npm(shared: Path) -> Path:
    """A folder with what tests need of npm, and the client as a project would install it."""
    return npm_packages(shared / "npm", *PACKAGES, f"{CHECKOUT / 'app/demo/client'}")


@pytest.fixture(scope="session")
def axe(shared: Path) -> str:
    """The script that knows what people with a screen reader, or tired eyes, stumble over."""
    return (npm_packages(shared / "axe", "axe-core@4.14.1") / "node_modules/axe-core/axe.min.js").read_text()


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


@pytest.fixture(scope="module")
def stage(chromium: Browser, site: Site) -> Iterator[tuple[Visitor, Page]]:
    """A browser and its tab for all that is played in one file; a pause there is a tenth as long."""
    visitor = visiting(chromium, site.url)
    visitor.context.add_init_script(HASTE)
    visitor.context.add_init_script(PATIENT)
    yield visitor, visitor.tab()
    visitor.context.close()


@pytest.fixture
def visitor(stage: tuple[Visitor, Page], site: Site) -> Visitor:
    """Somebody who seems to be signed in."""
    visitor = stage[0]
    visitor.context.clear_cookies()
    visitor.complaints.clear()
    cookies = [{"name": f"csrf_{kind}_token", "value": "first", "url": site.url} for kind in ("access", "refresh")]
    visitor.context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright's own dictionary
    return visitor


@pytest.fixture
def page(stage: tuple[Visitor, Page], visitor: Visitor) -> Iterator[Page]:
    """The tab with a client that is new."""
    page = stage[1]
    page.reload()
    equip(page)
    yield page
    page.unroute_all()
    assert [each for each in visitor.complaints if "Failed to load resource" not in each] == []


@pytest.fixture
def script(page: Page) -> Script:
    """Has each path answer in turn what is written for it, the last answer for ever; gives what was asked."""

    def script(answers: dict[str, list[Answer]]) -> list[str]:
        asked: list[str] = []

        def play(route: Route) -> None:
            path = route.request.url.partition("/api/v1")[2]
            asked.append(f"{route.request.method} {path} {route.request.headers.get('x-csrf-token', '')}".strip())
            status, body, headers = answers[path].pop(0) if len(answers[path]) > 1 else answers[path][0]
            if status == 0:
                route.abort("connectionreset")
            else:
                route.fulfill(status=status, headers=headers, body=json.dumps(body))

        page.route("**/api/v1/**", play)
        return asked

    return script
