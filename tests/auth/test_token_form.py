"""POST /auth/token takes JSON or the form of RFC 6749, each strictly."""

from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.auth.forging import bearer
from tests.cast import PASSWORD, Person, Service, code

FORM = "application/x-www-form-urlencoded"


def fields(robot: Service, **changes: str) -> dict[str, str]:
    """The form of the password grant."""
    return {"grant_type": "password", "username": robot.email, "password": PASSWORD, **changes}


def send(robot: Service, body: str | bytes, media_type: str = FORM) -> TestResponse:
    """Send this body, without any credential."""
    return Person(robot.app).post("/auth/token", data=body, content_type=media_type)


def test_the_form_of_the_password_grant_is_answered_with_tokens(robot: Service) -> None:
    answer = send(robot, urlencode(fields(robot)))

    token = answer.get_json()["access_token"]
    assert Person(robot.app).get("/me", headers=bearer(token)).get_json()["email"] == robot.email


@pytest.mark.parametrize("media_type", [FORM.upper(), f"{FORM}; charset=utf-8", f"{FORM};charset=UTF-8"])
def test_the_forms_media_type_may_be_written_as_it_may(robot: Service, media_type: str) -> None:
    assert send(robot, urlencode(fields(robot)), media_type).status_code == 200


def test_the_other_fields_of_oauth_are_ignored(robot: Service) -> None:
    further = {"scope": "tasks:read", "client_id": "app", "client_secret": "", "audience": "x", "anything": "else"}

    assert send(robot, urlencode(fields(robot, **further))).status_code == 200


@pytest.mark.parametrize(
    "kind", ["authorization_code", "refresh_token", "client_credentials", "Password", "", " password"]
)
def test_another_grant_type_is_pointed_at(robot: Service, kind: str) -> None:
    answer = send(robot, urlencode(fields(robot, grant_type=kind)))

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/grant_type"]


@pytest.mark.parametrize("missing", ["grant_type", "username", "password"])
def test_a_missing_field_is_pointed_at(robot: Service, missing: str) -> None:
    kept = {name: value for name, value in fields(robot).items() if name != missing}

    answer = send(robot, urlencode(kept))

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"/{missing}"]


@pytest.mark.parametrize("further", ["password=other", "username=x", "grant_type=password", "scope=a&scope=b"])
def test_a_field_that_stands_twice_is_malformed(robot: Service, further: str) -> None:
    answer = send(robot, f"{urlencode(fields(robot))}&{further}")

    assert code(answer) == (400, "malformed_request")


@pytest.mark.parametrize("value", ["%ff", "%c3%28", "%ed%a0%80", "%f8%88%80%80%80"])
@pytest.mark.parametrize("name", ["password", "username", "scope"])
def test_percent_signs_over_no_utf8_are_malformed(robot: Service, name: str, value: str) -> None:
    given = {key: text for key, text in fields(robot).items() if key != name}

    answer = send(robot, f"{urlencode(given)}&{name}={value}")

    assert code(answer) == (400, "malformed_request")


def test_raw_bytes_that_are_no_utf8_are_malformed(robot: Service) -> None:
    answer = send(robot, urlencode(fields(robot)).encode() + b"&x=\xff")

    assert code(answer) == (400, "malformed_request")


@pytest.mark.parametrize("password", ["a+b &c=d%20 horse", "h\u00f6rse \U0001f511 battery", "plus+ plus battery;x"])
def test_a_password_comes_through_the_form_as_it_is(robot: Service, password: str) -> None:
    Service(robot.app, "ada@example.com").register(password)

    answer = send(robot, urlencode(fields(robot, username="ada@example.com", password=password)))

    assert answer.status_code == 200


@pytest.mark.parametrize("body", ["", "&&&", "=", "password", "grant_type"])
def test_a_form_without_fields_lacks_them_all(robot: Service, body: str) -> None:
    assert code(send(robot, body)) == (422, "validation_failed")


def test_a_form_of_too_many_fields_is_an_ordinary_form(robot: Service) -> None:
    many = urlencode({f"x{index}": "" for index in range(5000)})

    assert send(robot, f"{urlencode(fields(robot))}&{many}").status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["multipart/form-data; boundary=x", "text/plain", "", "application/json-seq", f"{FORM}; charset=latin-1"],
)
def test_another_media_type_is_refused(robot: Service, media_type: str) -> None:
    assert code(send(robot, urlencode(fields(robot)), media_type)) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_no_other_door_takes_a_form(robot: Service, path: str) -> None:
    answer = Person(robot.app).post(path, data=urlencode(fields(robot)), content_type=FORM)

    assert code(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("further", [{"grant_type": "password"}, {"scope": ""}, {"username": "x"}])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
def test_json_with_unknown_fields_is_refused(robot: Service, path: str, further: dict[str, str]) -> None:
    answer = Person(robot.app).post(path, json={"email": robot.email, "password": PASSWORD, **further})

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"/{name}" for name in further]


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "\ud800"])
@pytest.mark.parametrize("name", ["email", "password"])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
def test_json_of_another_type_is_pointed_at(robot: Service, path: str, name: str, value: Any) -> None:
    answer = Person(robot.app).post(path, json={"email": robot.email, "password": PASSWORD, name: value})

    assert code(answer) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"/{name}"]
