"""What docs/spa.md shows: with axios, with ky, with types, with React, from a page of another origin."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import npm_packages, run
from tests.browser.conftest import Visit
from tests.browser.people import REFRESH, Site, address
from tests.browser.playing import stale
from tests.browser.strangers import Host
from tests.cast import PASSWORD
from tests.live.clients import send
from tests.live.people import newcomer
from tests.live.server import CHECKOUT

SPA = (CHECKOUT / "docs/spa.md").read_text()
CLIENT = CHECKOUT / "app/demo/client"
MOST_BYTES = 6 * 1024
USES = {
    "axios": """globalThis.tasks = async () => (await http.get("tasks")).data.items.length;
        globalThis.add = async () => (await http.post("tasks", { title: "By axios" })).status;
        globalThis.fail = () => http.get("nowhere").catch((error) => error.response.data.code);""",
    "ky": """globalThis.tasks = async () => (await http.get("tasks").json()).items.length;
        globalThis.add = async () => (await http.post("tasks", { json: { title: "By ky" } })).status;
        globalThis.fail = () => http.get("nowhere").catch(async (error) => (await error.response.json()).code);""",
}
TYPED = """
import { Latchkey, Problem, type User } from "latchkey-client";
const auth = new Latchkey({ base: "https://api.example.com", onLogin: (problem) => problem.reason === "logout" });
const user: User = await auth.login({ email: "a@b.example", password: "x" });
const again: User = await auth.login(user.email, "x");
const answer: Response = await auth.fetch("/tasks", { method: "POST", json: { title: again.id } }).catch((error) => {
  if (error instanceof Problem && error.action === "retry") throw error.retryAfter;
  throw error;
});
// @ts-expect-error  there is no such action
const wrong: boolean = (await Problem.from(answer)).action === "reload";
"""


def recipe(name: str) -> str:
    """The block of the page that begins with this comment."""
    blocks: list[str] = re.findall(r"^```js\n(.*?)^```$", SPA, re.MULTILINE | re.DOTALL)
    return next(text for text in blocks if text.startswith(f"// {name}"))


FIRST = next(re.finditer(r"^```js\n(.*?)^```$", SPA, re.MULTILINE | re.DOTALL))[1]
OF_THE_APP = """const askForPassword = async () => password, showSignIn = (reason) => (globalThis.shown = reason);
"""
KEPT = "Object.assign(globalThis, { auth, before: items.length });"


def test_the_first_example_does_what_its_comments_say(visit: Visit, site: Site) -> None:
    visitor, account = visit(site.url), newcomer(site.server.base_url)
    known = f"const email = {account.email!r}, password = {PASSWORD!r};"
    source = f"{known}\n{OF_THE_APP}{FIRST}{KEPT}"
    page = visitor.tab()
    page.route("**/first.js", lambda route: route.fulfill(content_type="text/javascript", body=source))
    page.add_script_tag(type="module", url="/first.js")
    page.wait_for_function("globalThis.before === 0")
    page.route("**/me/export", stale, times=1)

    proven = page.evaluate("auth.fetch('/me/export').then((answer) => answer.status)")
    tasks = page.evaluate("auth.fetch('/tasks').then((answer) => answer.json())")
    send(site.server.base_url, account.sign_in().call("DELETE", "/me/sessions"))
    page.evaluate("auth.fetch('/me').catch(() => 0)")

    assert (proven, [each["title"] for each in tasks["items"]]) == (200, ["Water the plants"])
    assert page.evaluate("shown") == "logout_everywhere"
    with page.expect_event("load"):
        visitor.sign_in(visitor.tab(), account.email)


def esbuild(npm: Path, *arguments: str) -> str:
    """Run esbuild where the packages are."""
    done = run(npm, [str(npm / "node_modules/.bin/esbuild"), *arguments])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_said_of_the_clients_size_is_true() -> None:
    assert f"{round((CLIENT / 'latchkey.js').stat().st_size / 1000)} KB as written" in SPA


@pytest.mark.prove(only=True)
def test_the_client_is_small(npm: Path) -> None:
    assert len(esbuild(npm, "--minify", "--format=esm", str(CLIENT / "latchkey.js")).encode()) < MOST_BYTES


@pytest.mark.prove(only=True)
def test_the_types_are_right_inside_and_outside(npm: Path) -> None:
    (npm / "typed.ts").write_text(TYPED)
    tsc = [str(npm / "node_modules/.bin/tsc"), "--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    lib = ["--lib", "es2022,dom,dom.iterable"]

    outside = run(npm, [*tsc, *lib, "typed.ts"])
    inside = run(npm, [*tsc, *lib, "--allowJs", "--checkJs", str(CLIENT / "latchkey.js")])

    assert (outside.stdout, inside.stdout) == ("", "")


@pytest.mark.prove(only=True)
@pytest.mark.parametrize("name", USES)
def test_a_recipe_works_from_another_origin(
    visit: Visit, site: Site, npm: Path, page_elsewhere: Host, name: str
) -> None:
    source = npm / f"{name}-{os.getpid()}.js"
    source.write_text(f"const base = {site.url!r};\n{recipe(name)}globalThis.auth = auth;\n{USES[name]}")
    page_elsewhere.put("app.js", esbuild(npm, "--bundle", "--format=esm", str(source)))
    page_elsewhere.put(
        "index.html", '<!doctype html><link rel=icon href="data:,"><script type=module src=app.js></script>'
    )
    visitor = visit(page_elsewhere.url)
    page = visitor.context.new_page()
    page.goto(page_elsewhere.url)
    page.wait_for_function("globalThis.fail")
    visitor.sign_in(page, site.newcomer())
    visitor.lose("access_token")

    assert page.evaluate("add()") == 201
    assert page.evaluate("tasks()") == 1
    assert visitor.count(REFRESH) == 1
    assert page.evaluate("fail()") == "not_found"
    visitor.complaints[:] = [each for each in visitor.complaints if "404" not in each]


@pytest.fixture(scope="module")
def react(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The React example with its packages, in a checkout's shape of its own."""
    root = tmp_path_factory.mktemp("react")
    shutil.copytree(CLIENT, root / "app/demo/client")
    example = shutil.copytree(CHECKOUT / "docs/examples/react", root / "docs/examples/react")
    described = (example / "package.json").read_text()
    npm_packages(example, keep=described)
    return example


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.prove(only=True)
def test_the_react_example_compiles_and_works(visit: Visit, site: Site, react: Path, page_elsewhere: Host) -> None:
    built = run(react, ["env", f"VITE_API={site.url}", "npx", "vite", "build", "--outDir", str(page_elsewhere.folder)])
    assert built.returncode == 0, built.stderr
    visitor = visit(page_elsewhere.url)
    page = visitor.context.new_page()
    page.goto(page_elsewhere.url)
    sign_in(page, address())
    page.get_by_role("alert").get_by_text("password").wait_for()
    sign_in(page, site.newcomer())
    page.get_by_label("Title").fill("By React")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("listitem").get_by_text("By React").wait_for()
    page.reload()
    page.get_by_role("listitem").get_by_text("By React").wait_for()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("E-mail").wait_for()
    assert "access_token" not in visitor.cookies()
