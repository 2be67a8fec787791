"""What scripts and other origins cannot do: read a token, change anything, run a text."""

import json
import re

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import Visit
from tests.browser.people import BLANK, PATIENT, Site, equip
from tests.browser.strangers import Host
from tests.cast import PASSWORD

XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>{{7*7}}\"'>"
TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.[\w-]+")
ATTACKS = """async ([api, email, password]) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "hidden" });
    document.body.append(frame);
    const submit = async (path, enctype, [name, value]) => {
        const form = document.createElement("form");
        Object.assign(form, { action: api + path, method: "post", target: "hidden", enctype });
        const field = Object.assign(document.createElement("input"), { name, value });
        form.append(field);
        document.body.append(form);
        const arrived = new Promise((done) => (frame.onload = done));
        form.submit();
        await arrived;
    };
    await submit("/me/sessions", "application/x-www-form-urlencoded", ["a", "b"]);
    await submit("/tasks", "text/plain", ['{"title": "forged", "description": "', '"}']);
    await submit("/auth/login", "text/plain", [`{"email": "${email}", "password": "${password}", "`, '": 1}']);
    const login = JSON.stringify({ email, password });
    navigator.sendBeacon(`${api}/auth/logout`, "");
    const image = new Image();
    await new Promise((done) => { image.onload = image.onerror = done; image.src = `${api}/me`; });
    const send = (path, options) => fetch(api + path, { credentials: "include", ...options }).then(String, String);
    const json = { "Content-Type": "application/json" };
    return [
        await send("/me", {}),
        await send("/me/sessions", { method: "DELETE" }),
        await send("/tasks", { method: "POST", headers: json, body: '{"title": "forged"}' }),
        await send("/tasks", { method: "POST", mode: "no-cors", body: '{"title": "forged"}' }),
        await send("/auth/logout", { method: "POST", mode: "no-cors" }),
        await send("/auth/refresh", { method: "POST", mode: "no-cors" }),
        await send("/auth/login", { method: "POST", mode: "no-cors", body: login }),
        await send("/auth/login", { method: "POST", headers: json, body: login }),
    ];
}"""


def test_no_script_can_read_the_tokens_of_the_session(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    visitor.context.add_init_script(PATIENT)
    page = visitor.tab()

    visitor.sign_in(page, site.newcomer())
    page.evaluate("auth.fetch('/auth/refresh', {method: 'POST'}).then((a) => a.text())")
    page.evaluate("([password]) => auth.stepUp(password)", [PASSWORD])
    readable = page.evaluate("JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")

    answers: list[Response | None] = [each.response() for each in visitor.requests if "/auth/" in each.url]
    bodies = [each.text() for each in answers if each]
    tokens = {visitor.cookies()[name] for name in ("access_token", "refresh_token")}
    assert all(TOKEN.fullmatch(each) for each in tokens)
    assert len(bodies) == 3
    assert not any(TOKEN.search(each) for each in [readable, *bodies])
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_of_another_origin_changes_nothing(visit: Visit, site: Site, stranger_page: Host, host: str) -> None:
    visitor, mine = visit(site.url), site.newcomer()
    page = visitor.enter(mine)
    stranger_page.put("evil.html", "<!doctype html><link rel=icon href='data:,'><title>evil</title><body>")
    evil = visitor.context.new_page()
    evil.goto(stranger_page.url.replace("localhost", host) + "/evil.html")

    results = evil.evaluate(ATTACKS, [f"{site.url}/api/v1", site.newcomer(), PASSWORD])

    assert results == ["TypeError: Failed to fetch"] * 8
    assert page.evaluate("fetch('/api/v1/me').then((a) => a.json()).then(({ email }) => email)") == mine
    state = page.evaluate(
        """() => Promise.all(["/me", "/tasks", "/me/sessions"].map((path) => fetch(`/api/v1${path}`))).then(
            (all) => Promise.all(all.map(async (a) => [a.status, (await a.json()).items?.length])))"""
    )
    assert state == [[200, None], [200, 0], [200, 1]]
    visitor.complaints.clear()  # the browser says what it has refused


def test_a_text_stays_a_text_wherever_it_is_written(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.enter(site.newcomer())

    page.get_by_label("What is to be done?").fill(XSS)
    page.get_by_label("Notes").fill(XSS)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("list", name="My tasks").get_by_text(XSS, exact=True).first.wait_for()
    page.get_by_role("link", name="Account").click()
    page.get_by_label("Name").fill(XSS[:100])
    page.get_by_role("button", name="Save the name").click()
    page.locator(".who").get_by_text(XSS[:100], exact=True).wait_for()
    for path in ("", "devices", "history", "account", "roles", "lab"):
        page.goto(f"{site.url}/#/{path}")
        page.reload()
        page.wait_for_selector("[data-ready]")

    assert "owned" not in page.title()
    expect(page.locator("img, main script")).to_have_count(0)
    assert visitor.complaints == []


def test_a_text_in_the_address_and_at_the_door_stays_a_text(visit: Visit, site: Site) -> None:
    visitor = visit(site.url)
    page = visitor.open(f"/#/{XSS}?token={XSS}")
    for path in ("verify", "reset", "email"):
        page.goto(f"{site.url}/#/{path}?token={XSS}")
        page.reload()
    page.goto(f"{site.url}/#/")
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Name").fill(XSS)
    page.get_by_label("E-mail").fill(XSS)
    page.get_by_label("Password").fill(XSS)
    page.get_by_role("button", name="Create the account").click()
    page.locator(".wrong").get_by_text("e-mail", exact=False).first.wait_for()

    assert "owned" not in page.title()
    expect(page.locator("img")).to_have_count(0)


def test_a_listed_origin_of_the_same_site_works_by_the_answer_headers(
    visit: Visit, site: Site, page_elsewhere: Host
) -> None:
    page_elsewhere.put("blank.html", BLANK)
    visitor = visit(page_elsewhere.url)
    page = visitor.open("/blank.html")
    equip(page, f"{{ base: '{site.url}' }}", f"{site.url}/latchkey.js")
    visitor.sign_in(page, site.newcomer())

    page.reload()  # the CSRF values survive it
    equip(page, f"{{ base: '{site.url}' }}", f"{site.url}/latchkey.js")
    visitor.lose("access_token")
    add = "auth.fetch('/tasks', {method: 'POST', json: {title: 'From elsewhere'}}).then((a) => a.status)"
    added = page.evaluate(add)
    stored = page.evaluate("JSON.stringify({...localStorage})")
    page.evaluate("auth.logout()")

    assert added == 201
    assert not TOKEN.search(stored)
    assert len(json.loads(stored)) == 2
    assert page.evaluate("auth.signedIn") is False
    assert "access_token" not in visitor.cookies()
