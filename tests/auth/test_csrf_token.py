"""Double submit: what an unsafe request by cookie must repeat in `X-CSRF-TOKEN`."""

import re

import pytest
from flask import Flask

from app.access.guards import Credential, policies
from app.kit.database import SAFE_METHODS
from tests.auth.jars import ACCESS, REFRESH, cleared, crumbs
from tests.auth.tables import dump
from tests.cast import PASSWORD, Browser, Service, code

SOMEBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
WRONG = {"empty": "", "wrong": "x" * 32, "not ASCII": "\u00fc" * 32, "a lone quote": '"'}


def guarded(app: Flask, *, safe: bool) -> list[tuple[str, str]]:
    """Every method and path that asks for an access token, with an id where the path wants one."""
    return [
        (method, re.sub(r"<[^>]+>", SOMEBODY, path))
        for (method, path), policy in policies(app).items()
        if policy.credential is Credential.ACCESS and (method in SAFE_METHODS) is safe
    ]


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_no_guarded_unsafe_route_takes_another_csrf_value(alice: Browser, value: str) -> None:
    routes = guarded(alice.app, safe=False)

    found = {route: code(alice.request(*route, headers={"X-CSRF-TOKEN": value})) for route in routes}

    assert ("POST", "/api/v1/auth/step-up") in found
    assert set(found.values()) == {(403, "csrf_failed")}


def test_no_guarded_unsafe_route_goes_without_the_csrf_header(alice: Browser) -> None:
    alice.drop_cookie("csrf_access_token")

    found = {route: code(alice.request(*route)) for route in guarded(alice.app, safe=False)}

    assert found
    assert set(found.values()) == {(403, "csrf_failed")}


def test_no_guarded_unsafe_route_takes_the_csrf_value_of_the_refresh_token(alice: Browser) -> None:
    headers = {"X-CSRF-TOKEN": str(alice.cookie("csrf_refresh_token"))}

    found = {route: code(alice.request(*route, headers=headers)) for route in guarded(alice.app, safe=False)}

    assert set(found.values()) == {(403, "csrf_failed")}


def test_no_guarded_unsafe_route_takes_the_csrf_value_of_somebody_else(alice: Browser, mallory: Browser) -> None:
    headers = {"X-CSRF-TOKEN": str(mallory.cookie("csrf_access_token"))}

    found = {route: code(alice.request(*route, headers=headers)) for route in guarded(alice.app, safe=False)}

    assert set(found.values()) == {(403, "csrf_failed")}


def test_no_guarded_unsafe_route_believes_a_csrf_cookie_that_was_planted(alice: Browser) -> None:
    alice.set_cookie("csrf_access_token", "planted")

    found = {route: code(alice.request(*route)) for route in guarded(alice.app, safe=False)}

    assert set(found.values()) == {(403, "csrf_failed")}


def test_with_its_csrf_value_every_guarded_unsafe_route_goes_on_to_its_business(alice: Browser) -> None:
    found = {route: code(alice.log_in().request(*route)) for route in guarded(alice.app, safe=False)}

    assert (403, "csrf_failed") not in found.values()
    assert {status for status, named in found.values() if named != "permission_denied"} <= {204, 404, 415}


def test_a_bearer_needs_no_csrf_header_on_any_route(robot: Service) -> None:
    found = {route: code(robot.log_in().request(*route)) for route in guarded(robot.app, safe=False)}

    assert (403, "csrf_failed") not in found.values()
    assert {status for status, named in found.values() if named != "permission_denied"} <= {204, 404, 415}


def test_reading_asks_for_no_csrf_header_and_changes_nothing(alice: Browser) -> None:
    alice.post("/tasks", json={"title": "Rest"})
    alice.drop_cookie("csrf_access_token")
    before = dump(alice.app)

    found = {route: alice.request(*route).status_code for route in guarded(alice.app, safe=True)}

    assert set(found.values()) <= {200, 403, 404}
    assert dump(alice.app) == before


@pytest.mark.parametrize("path", ["register", "login", "token", "refresh", "logout", "step-up"])
def test_the_doors_open_to_post_only(alice: Browser, path: str) -> None:
    before = dump(alice.app)

    answers = [
        alice.request(method, f"/auth/{path}", query_string={"_method": "POST"})
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE")
    ]

    assert {answer.status_code for answer in answers} == {405}
    assert {answer.headers["Allow"].replace("OPTIONS, ", "") for answer in answers} == {"POST"}
    assert dump(alice.app) == before


@pytest.mark.parametrize("value", [None, *WRONG.values()], ids=["missing", *WRONG])
def test_a_refresh_without_its_csrf_value_changes_nothing(alice: Browser, value: str | None) -> None:
    alice.drop_cookie("csrf_refresh_token")
    before = dump(alice.app)

    answer = alice.refresh(headers={} if value is None else {"X-CSRF-TOKEN": value})

    assert (code(answer), crumbs(answer)) == ((403, "csrf_failed"), [])
    assert dump(alice.app) == before


def test_a_refresh_does_not_take_the_csrf_value_of_the_access_token(alice: Browser) -> None:
    before = dump(alice.app)

    answer = alice.refresh(headers={"X-CSRF-TOKEN": str(alice.cookie("csrf_access_token"))})

    assert code(answer) == (403, "csrf_failed")
    assert dump(alice.app) == before


def test_after_a_refresh_the_old_csrf_value_is_worth_nothing_beside_the_new_cookies(alice: Browser) -> None:
    old = str(alice.cookie("csrf_access_token"))
    alice.refresh()

    answer = alice.post("/auth/step-up", json={"password": PASSWORD}, headers={"X-CSRF-TOKEN": old})

    assert code(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_at_logout_either_csrf_value_will_do(alice: Browser, kind: str) -> None:
    answer = alice.post("/auth/logout", headers={"X-CSRF-TOKEN": str(alice.cookie(f"csrf_{kind}_token"))})

    assert (answer.status_code, cleared(answer)) == (204, ACCESS | REFRESH)


@pytest.mark.parametrize("value", [None, *WRONG.values()], ids=["missing", *WRONG])
@pytest.mark.parametrize("dropped", [None, "access_token", "refresh_token"])
def test_a_logout_without_a_csrf_value_ends_nothing(alice: Browser, dropped: str | None, value: str | None) -> None:
    kept = alice.cookie("access_token")
    for name in [dropped, "csrf_access_token"] if dropped else ["csrf_access_token"]:
        alice.drop_cookie(name)

    answer = alice.post("/auth/logout", headers={} if value is None else {"X-CSRF-TOKEN": value})

    assert (code(answer), crumbs(answer)) == ((403, "csrf_failed"), [])
    alice.set_cookie("access_token", str(kept))
    assert alice.get("/me").status_code == 200


@pytest.mark.parametrize(("kind", "other"), [("access", "refresh"), ("refresh", "access")])
def test_at_logout_a_dead_cookies_csrf_value_does_not_speak_for_the_live_one(
    alice: Browser, kind: str, other: str
) -> None:
    alice.set_cookie(f"{kind}_token", "dead")

    answer = alice.post("/auth/logout", headers={"X-CSRF-TOKEN": str(alice.cookie(f"csrf_{kind}_token"))})

    assert code(answer) == (403, "csrf_failed")
    headers = {"X-CSRF-TOKEN": str(alice.cookie(f"csrf_{other}_token"))}
    assert alice.post("/auth/logout", headers=headers).status_code == 204
