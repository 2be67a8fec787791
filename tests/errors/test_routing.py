"""Paths that lead nowhere, and methods that a path does not answer."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import ORIGIN, Service
from tests.errors.routes import NOBODY, documented, filled
from tests.errors.shape import CANARY, assert_refused

OTHER_METHODS = ("TRACE", "FOO", "PUT", "CONNECT", "PROPFIND", CANARY)
NOWHERE = (
    f"/{CANARY}",
    f"/api/v1/{CANARY}",
    "/api",
    "/api/v1",
    "/api/v2/me",
    "/API/V1/ME",
    "//api//v1/me",
    "//api/v1/me",
    "/api//v1/me",
    "/api/v1//me",
    "/api/v1/me//",
    "/api/v1/./me",
    "/api/v1/tasks/../me",
    "/api/v1/me%00",
    "/api/v1/me%20",
    "/api/v1/me%0d%0aSet-Cookie:canary-4711",
    "/api/v1/me;canary-4711",
    "/api/v1/%ff",
    "/api/v1/%25",
    "/.env",
    "/static/app.js",
)
NO_IDS = (
    CANARY,
    "1",
    "-1",
    "null",
    NOBODY[:-1],
    NOBODY + "0",
    NOBODY.replace("-", ""),
    NOBODY.replace("7", "g"),
    f"{{{NOBODY}}}",
    f"urn:uuid:{NOBODY}",
    f"{NOBODY}%00",
    f"{NOBODY}%0a",
    f"{NOBODY}%2f",
    "%ff",
    "%2f",
    "\N{FULLWIDTH DIGIT ZERO}" + NOBODY[1:],
    "a" * 3000,
)


def ask(app: Flask, method: str, path: str) -> TestResponse:
    """What a stranger is answered there."""
    return app.test_client().open(path, method=method, base_url=ORIGIN)


@pytest.mark.parametrize("path", NOWHERE)
def test_an_unknown_path_is_not_found_by_any_method(app: Flask, path: str) -> None:
    answers = [ask(app, method, path) for method in ("GET", "POST", "DELETE", "OPTIONS", "TRACE", CANARY)]

    for answer in answers:
        assert "detail" not in assert_refused(answer, 404, "not_found")  # a library's text would stand there


@pytest.mark.parametrize("code", ["no_such_code", CANARY, "%2e%2e", "not_found%00", "NOT_FOUND", "not%2ffound"])
def test_an_unknown_problem_is_not_found(app: Flask, code: str) -> None:
    answer = ask(app, "GET", f"/problems/{code}")

    assert_refused(answer, 404, "not_found")


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_no_path_answers_a_method_that_it_does_not_name(app: Flask, method: str) -> None:
    paths = documented(app)["paths"]

    answers = {path: ask(app, method, filled(path)) for path in paths}

    assert len(answers) >= 14
    for path, answer in answers.items():
        assert "detail" not in assert_refused(answer, 405, "method_not_allowed")
        named = {each.upper() for each in paths[path]} & {"GET", "POST", "PATCH", "DELETE"}
        expected = named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())
        assert set(answer.headers["Allow"].split(", ")) == expected


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/auth/login", "OPTIONS, POST"),
        ("PUT", "/api/v1/me", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("POST", f"/api/v1/tasks/{NOBODY}", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("POST", "/livez", "GET, HEAD, OPTIONS"),
    ],
)
def test_allow_says_which_methods_there_are(app: Flask, method: str, path: str, allowed: str) -> None:
    answer = ask(app, method, path)

    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", NO_IDS)
def test_what_is_no_id_is_not_found(robot: Service, path: str) -> None:
    answers = [robot.request(method, f"/tasks/{path}", json={}) for method in ("GET", "PATCH", "DELETE")]

    for answer in answers:
        assert_refused(answer, 404, "not_found")


def test_an_id_may_be_in_capitals(robot: Service) -> None:
    task = robot.post("/tasks", json={"title": "Rest"}).get_json()

    answer = robot.get(f"/tasks/{task['id'].upper()}")

    assert answer.get_json() == task


@pytest.mark.parametrize("path", ["/me/", "/tasks/"])
def test_a_slash_at_the_end_makes_no_difference(robot: Service, path: str) -> None:
    answer = robot.get(path)

    assert answer.status_code == 200
    assert answer.get_json() == robot.get(path.rstrip("/")).get_json()


ITS_OWN = {"X-Request-ID", "Date"}  # of each answer


def test_head_answers_everywhere_as_get_does_without_the_body(app: Flask, robot: Service) -> None:
    paths = [filled(path) for path, methods in documented(app)["paths"].items() if "get" in methods]

    for path in paths:
        whole = app.test_client().get(path, base_url=ORIGIN, headers=robot.credentials("GET", path))
        head = app.test_client().head(path, base_url=ORIGIN, headers=robot.credentials("HEAD", path))

        assert head.status_code == whole.status_code
        assert head.data == b""
        expected = {name: value for name, value in whole.headers if name not in ITS_OWN}
        assert {name: value for name, value in head.headers if name not in ITS_OWN} == expected


def test_head_of_nothing_is_not_found(app: Flask) -> None:
    answer = ask(app, "HEAD", f"/{CANARY}")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
