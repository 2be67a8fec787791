"""What is served to browsers: unchanged, kept, under a strict policy, and from nowhere else."""

import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask

from app.demo.views import HERE as DEMO
from app.demo.views import OF_MAILS
from app.docs.views import HERE as DOCS
from tests.conftest import MakeApp

OURS = [*(DEMO / "pages").iterdir(), *(DEMO / "client").iterdir(), *(DOCS / "pages").iterdir()]
PAGES = [each for each in OURS if each.suffix == ".html"]
VENDORED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}
KINDS = {"/": "text/html", "/docs": "text/html", "/latchkey.js": "text/javascript", "/latchkey.d.ts": "text/plain"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "


@pytest.fixture
def shown(make_app: MakeApp) -> Flask:
    """The application with its demo."""
    return make_app(demo=True)


@pytest.mark.parametrize("path", [*KINDS, "/docs/swagger-ui.css", "/demo/app.js", "/demo/icon.svg"])
def test_a_file_is_kept_until_it_changes(shown: Flask, path: str) -> None:
    client = shown.test_client()
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    changed = client.get(path, headers={"If-None-Match": '"another"'})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.data == b""
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-cache"
    assert client.head(path).headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", KINDS)
def test_a_file_says_what_it_is(shown: Flask, path: str) -> None:
    assert shown.test_client().get(path).content_type == f"{KINDS[path]}; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_from_here_only(shown: Flask, path: str) -> None:
    policy = shown.test_client().get(path).headers["Content-Security-Policy"]

    assert policy.startswith(POLICY)
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("page", PAGES, ids=lambda each: each.name)
def test_a_page_has_no_script_or_style_inside(page: Path) -> None:
    text = page.read_text()

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", text) == []


def test_a_page_names_only_files_that_are_there(shown: Flask) -> None:
    client = shown.test_client()
    named = {found for each in OURS if each.suffix in {".html", ".js"} for found in FILE.findall(each.read_text())}

    assert len(named) > 12
    assert {path: client.get(path).status_code for path in named} == dict.fromkeys(named, 200)


FILE = re.compile(r"\"(/(?:demo|docs)/[\w.-]+|/latchkey\.js)\"")


@pytest.mark.parametrize("file", OURS, ids=lambda each: each.name)
def test_nothing_comes_from_a_foreign_host(file: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//([\w-]+\.[\w.-]+)", file.read_text()))

    assert hosts <= {"www.w3.org", "api.example.com"}  # a namespace, an example


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_wrote_is_as_they_released_it(name: str) -> None:
    assert hashlib.sha256((DOCS / "vendor" / name).read_bytes()).hexdigest() == VENDORED[name]


def test_what_others_wrote_comes_with_its_licence() -> None:
    assert "Apache License" in (DOCS / "vendor" / "LICENSE.txt").read_text()
    assert all(digest in (DOCS / "vendor" / "README.md").read_text() for digest in VENDORED.values())


def test_without_the_demo_only_what_mails_need_is_there(make_app: MakeApp) -> None:
    client = make_app(demo=False).test_client()

    found = {each.name for each in (DEMO / "pages").iterdir() if client.get(f"/demo/{each.name}").status_code == 200}

    assert found == OF_MAILS
    assert "mail.js" in client.get("/").text
    assert client.get("/latchkey.js").status_code == 200


@pytest.mark.parametrize("name", ["..", "views.py", "%2e%2e%2fviews.py", "no.js", "latchkey.js"])
def test_nothing_else_of_the_disk_is_served(shown: Flask, name: str) -> None:
    assert {shown.test_client().get(f"/{where}/{name}").status_code for where in ("demo", "docs")} <= {404, 308}
