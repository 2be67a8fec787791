"""The `Authorization` header, in every shape in which it comes."""

import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.auth.forging import bearer
from tests.auth.jars import cleared, cookie_header, without_jar
from tests.cast import PASSWORD, Browser, Person, Service, code

CHALLENGE = 'Bearer realm="latchkey"'
WITH_ERROR = f'{CHALLENGE}, error="invalid_token"'
MISSING = (401, "credentials_missing", CHALLENGE)
INVALID = (401, "token_invalid", WITH_ERROR)

SHAPES = {
    "absent": (None, MISSING),
    "empty": ("", MISSING),
    "white space": (" ", MISSING),
    "another scheme": ("Basic YWxpY2U6eA==", MISSING),
    "another scheme with a token": ("Token {token}", MISSING),
    "another scheme first": ("Basic x, Bearer {token}", MISSING),
    "no scheme": ("{token}", MISSING),
    "a longer scheme": ("BearerToken {token}", MISSING),
    "a tab": ("Bearer\t{token}", MISSING),
    "a colon": ("Bearer: {token}", MISSING),
    "leading space": (" Bearer {token}", MISSING),
    "the scheme alone": ("Bearer", INVALID),
    "the scheme and a space": ("Bearer ", INVALID),
    "two spaces": ("Bearer  {token}", INVALID),
    "a trailing space": ("Bearer {token} ", INVALID),
    "a space inside": ("Bearer {token} {token}", INVALID),
    "a comma": ("Bearer {token},", INVALID),
    "another scheme second": ("Bearer {token}, Basic x", INVALID),
    "quotes": ('Bearer "{token}"', INVALID),
    "named": ("Bearer token={token}", INVALID),
    "padding": ("Bearer {token}=", INVALID),
    "twice the padding": ("Bearer {token}==", INVALID),
    "umlaut": ("Bearer {token}\u00fc", INVALID),
    "null": ("Bearer null", INVALID),
    "a dot at the end": ("Bearer {token}.", INVALID),
}


def judged(answer: TestResponse) -> tuple[int, str | None, str | None]:
    """Status, code and challenge."""
    return (*code(answer), answer.headers.get("WWW-Authenticate"))


@pytest.mark.parametrize(("shape", "verdict"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_guarded_route_takes_one_bearer_token_and_nothing_else(
    robot: Service, method: str, shape: str | None, verdict: tuple[int, str, str]
) -> None:
    headers = {} if shape is None else {"Authorization": shape.format(token=robot.access_token)}

    answer = Person(robot.app).request(method, "/me", headers=headers, json={})

    assert judged(answer) == verdict


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_the_same_in_upper_and_lower_case(robot: Service, scheme: str) -> None:
    answer = robot.get("/me", headers={"Authorization": f"{scheme} {robot.access_token}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("first", ["Bearer {token}", "Basic x"])
def test_two_headers_are_not_one_token(robot: Service, first: str) -> None:
    headers = Headers([("Authorization", first.format(token=robot.access_token))])
    headers.add("Authorization", f"Bearer {robot.access_token}")

    answer = robot.client.get("/api/v1/me", headers=headers)

    assert judged(answer) == (MISSING if first == "Basic x" else INVALID)


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPES)
def test_at_refresh_every_other_shape_is_refresh_invalid(robot: Service, shape: str) -> None:
    text, (_, name, challenge) = SHAPES[shape]
    headers = {} if text is None else {"Authorization": text.format(token=robot.refresh_token)}

    answer = Person(robot.app).post("/auth/refresh", headers=headers)

    assert judged(answer) == (401, "refresh_invalid", challenge)
    assert robot.refresh().status_code == 200, name


@pytest.mark.parametrize(("shape", "_"), SHAPES.values(), ids=SHAPES)
def test_at_logout_every_other_shape_is_fine_and_ends_nothing(robot: Service, shape: str | None, _: object) -> None:
    headers = {} if shape is None else {"Authorization": shape.format(token=robot.access_token)}

    answer = Person(robot.app).post("/auth/logout", headers=headers)

    assert answer.status_code == 204
    assert robot.get("/me").status_code == 200


def test_a_bad_header_never_falls_through_to_a_live_cookie(alice: Browser) -> None:
    shapes = {text for text, _ in SHAPES.values() if text is not None}

    found = {code(alice.get("/me", headers={"Authorization": shape.format(token="x")})) for shape in shapes}

    assert found == {(401, "credentials_missing"), (401, "token_invalid")}


def test_a_cookie_works_where_no_header_is(app: Flask, alice: Browser) -> None:
    jar = cookie_header([("access_token", [str(alice.cookie("access_token"))])])

    answer = without_jar(app).get("/me", headers=jar)

    assert answer.status_code == 200


def test_the_token_of_a_cookie_session_may_be_sent_as_bearer_without_csrf_header(alice: Browser) -> None:
    token = str(alice.cookie("access_token"))

    answer = Person(alice.app).patch("/me", headers=bearer(token), json={"name": "Al"})

    assert (answer.status_code, cleared(answer)) == (200, frozenset())


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_the_tokens_of_a_bearer_session_are_dead_in_a_cookie(robot: Service, name: str) -> None:
    jar = cookie_header([(name, [getattr(robot, name)])])

    answer = without_jar(robot.app).request(*CARRIED[name], headers=jar)

    assert code(answer) == (401, "token_invalid" if name == "access_token" else "refresh_invalid")
    assert cleared(answer) == {name, f"csrf_{name}"}


CARRIED = {"access_token": ("GET", "/me"), "refresh_token": ("POST", "/auth/refresh")}


def test_a_wrong_password_is_challenged_without_error_for_no_token_was_sent(alice: Browser) -> None:
    answer = Person(alice.app).post("/auth/login", json={"email": alice.email, "password": "wrong"})

    assert judged(answer) == (401, "invalid_credentials", CHALLENGE)


def test_an_ended_session_is_challenged_with_an_error(robot: Service) -> None:
    robot.post("/auth/logout")

    found = [judged(robot.get("/me")), judged(robot.refresh())]

    assert found == [(401, "session_ended", WITH_ERROR)] * 2


def test_a_dead_cookie_is_challenged_with_an_error_for_a_token_was_sent(alice: Browser) -> None:
    alice.set_cookie("access_token", "dead")
    alice.set_cookie("refresh_token", "dead")

    found = [judged(alice.get("/me")), judged(alice.refresh())]

    assert found == [INVALID, (401, "refresh_invalid", WITH_ERROR)]


def test_forbidden_is_not_challenged(alice: Browser) -> None:
    answer = alice.post("/auth/step-up", json={"password": f"{PASSWORD}!"})

    assert judged(answer) == (403, "invalid_password", None)
