"""The site, and who visits it."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from tests.browser.pressing import sign_in
from tests.cast import PASSWORD
from tests.live.people import newcomer
from tests.live.server import DEFAULTS, Server, clean_environment, run

BLANK = "<!doctype html><link rel=icon href='data:,'><title>A page of the site</title>"
REFRESH = "/api/v1/auth/refresh"
PATIENT = "{ const after = AbortSignal.timeout; AbortSignal.timeout = (ms) => after.call(AbortSignal, ms * 20); }"
ADD_TASKS = """async (titles) => {
    const csrf = document.cookie.match(/csrf_access_token=([^;]+)/)[1];
    for (const title of titles) await fetch("/api/v1/tasks", { method: "POST", body: JSON.stringify({ title }),
        headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": csrf } });
}"""
# The browser's own word for any answer from 400 on: refusals that a story is about.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (401|403|409|422)")


@dataclass(frozen=True)
class Site:
    """A server as browsers see it: on localhost, where they keep Secure cookies."""

    server: Server
    database: str

    @property
    def url(self) -> str:
        """Its origin."""
        return self.server.base_url.replace("127.0.0.1", "localhost")

    @property
    def mails(self) -> Path:
        """Where its mails arrive."""
        return self.server.root / "mails"

    def grant(self, email: str, role: str) -> None:
        """Give somebody a role, by the command of those who run the server."""
        settings = DEFAULTS | {"DATABASE_URL": self.database}
        done = run(self.server.root, clean_environment(**settings), "flask", "users", "grant", email, role)
        assert done.returncode == 0, done.stderr

    def newcomer(self) -> str:
        """The address of somebody who has just registered, with the password of everybody."""
        return newcomer(self.server.base_url).email


class Visitor:
    """Somebody's browser at one site."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Start without cookies; every request and whatever the consoles complain of is kept."""
        self.context, self.url = context, url
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        context.on("request", self._note)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not REFUSED.search(message.text):
            self.complaints.append(message.text)

    def open(self, path: str = "/") -> Page:
        """A tab at this path; pages of the demo are drawn when this returns."""
        page = self.context.new_page()
        page.goto(self.url + path)
        if path == "/" or path.startswith("/#"):
            page.wait_for_selector("[data-ready]")
        return page

    def tab(self) -> Page:
        """A tab of the site with the client in it, and nothing else: `auth` is a session's client."""
        page = self.context.new_page()
        self.context.route(f"{self.url}/blank", lambda route: route.fulfill(content_type="text/html", body=BLANK))
        page.goto(f"{self.url}/blank")
        equip(page)
        return page

    def enter(self, email: str, password: str = PASSWORD) -> Page:
        """A tab of the demo, signed in at its door; it has asked for all that it shows."""
        page = self.open()
        sign_in(page, email, password)
        expect(page.get_by_role("list", name="My tasks")).not_to_have_attribute("aria-busy", "true")
        return page

    def sign_in(self, page: Page, email: str, password: str = PASSWORD) -> None:
        """Sign in by the client of a tab."""
        page.evaluate("([email, password]) => auth.login(email, password)", [email, password])

    def count(self, path: str) -> int:
        """How many requests have gone there, over all tabs."""
        return sum(
            1 for each in self.requests if each.url.partition("?")[0].endswith(path) and each.method != "OPTIONS"
        )

    def cookies(self) -> dict[str, str]:
        """What the browser keeps, by name without prefix: also what no script can read."""
        kept: list[Any] = self.context.cookies()
        return {each["name"].removeprefix("__Host-"): each["value"] for each in kept}

    def add_tasks(self, page: Page, *titles: str) -> None:
        """Write these down, by a request of the page's own."""
        page.evaluate(ADD_TASKS, list(titles))

    def lose(self, name: str) -> None:
        """Let a cookie be gone, as when it has expired."""
        self.context.clear_cookies(name=f"__Host-{name}")


def equip(page: Page, options: str = "{}", module: str = "/latchkey.js") -> None:
    """Give the tab a client of its own; `asked` lists which hooks were called."""
    page.evaluate(
        f"""async () => {{
            const {{ Latchkey, Problem }} = await import({module!r});
            globalThis.asked = [];
            globalThis.Problem = Problem;
            globalThis.auth = new Latchkey({{
                onLogin: (problem) => void asked.push(`login ${{problem.code}}`),
                onStepUp: (problem) => void asked.push(`step_up ${{problem.code}}`),
                onSession: (what, {{ elsewhere }}) => elsewhere && asked.push(`${{what}} elsewhere`),
                ...{options},
            }});
        }}"""
    )


def address() -> str:
    """An address that nobody has."""
    return f"{secrets.token_hex(6)}@example.com"
