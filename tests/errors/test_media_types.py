"""Bodies are JSON in UTF-8, and say so; `Accept` is not consulted."""

import pytest
from flask import Flask

from tests.cast import Browser, Service, code
from tests.errors.routes import with_body
from tests.errors.shape import CANARY, assert_refused

BODY = b'{"email": "nobody@example.com", "password": "x"}'
UNSUPPORTED = (
    None,
    "",
    CANARY,
    f"{CANARY}/{CANARY}",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/x-json",
    "application/vnd.api+json",
    "application/merge-patch+json",
    "application/json, text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin-1",
    "application/json; charset=utf-16",
    f"application/json; charset={CANARY}",
)
SUPPORTED = (
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json; charset=utf8",
    "application/json; profile=anything",
)


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_no_route_takes_a_body_of_another_media_type(app: Flask, steward: Service, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    routes = [each for each in with_body(app) if not (each.path.endswith("/token") and "form" in (kind or ""))]

    answers = [steward.request(each.method, each.path, data=BODY, headers=headers) for each in routes]

    assert len(answers) >= 6
    for answer in answers:
        assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", SUPPORTED)
def test_json_in_utf_8_may_be_called_so_in_several_ways(stranger: Browser, kind: str) -> None:
    answer = stranger.post("/auth/login", data=BODY, headers={"Content-Type": kind})

    assert code(answer) == (401, "invalid_credentials")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", None])
def test_only_the_token_route_takes_a_form_and_nothing_else_besides_json(stranger: Browser, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}

    answer = stranger.post("/auth/token", data=BODY, headers=headers)

    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "nonsense", ""])
def test_what_the_client_would_rather_read_changes_nothing(stranger: Browser, accept: str) -> None:
    refusal = stranger.get("/me", headers={"Accept": accept})
    answer = stranger.get("/livez", headers={"Accept": accept})

    assert_refused(refusal, 401, "credentials_missing")
    assert answer.mimetype == "application/json"
