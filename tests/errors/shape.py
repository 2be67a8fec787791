"""The one shape of a refusal (RFC 9457), checked to the last member."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from tests.errors.contract import ACTIONS

CANARY = "canary-4711"
ALWAYS = {"type", "title", "status", "code", "action", "request_id"}
SOMETIMES = {"detail", "reason", "errors"}
LIBRARIES = (
    "Not a valid",
    "Missing data",
    "Field may not",
    "Invalid value",
    "Unknown field",
    "Must be ",
)  # marshmallow's


def assert_refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The members of the problem, after making sure that it is exactly this one and repeats no input."""
    return assert_refused_text(answer.status_code, dict(answer.headers), answer.text, expected=(status, code))


def assert_refused_text(
    status: int, headers: Mapping[str, str], text: str, *, expected: tuple[int, str]
) -> dict[str, Any]:
    """The same for an answer in its parts."""
    assert status == expected[0], text
    assert headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(text)
    assert body["code"] == expected[1], text
    _check_members(body, status)
    _check_headers(headers, body)
    assert CANARY not in text + str(headers)
    assert not any(words in text for words in LIBRARIES), text
    assert text.endswith("}\n")
    return body


def pointers(body: Mapping[str, Any]) -> set[str]:
    """The pointers of a `validation_failed`."""
    return {error["pointer"] for error in body["errors"]}


def _check_members(body: dict[str, Any], status: int) -> None:
    assert body.keys() >= ALWAYS
    assert body.keys() <= ALWAYS | SOMETIMES
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"].endswith(".")
    assert body["status"] == status
    assert body["action"] == ACTIONS[status, body["code"]]
    assert ("errors" in body) == (body["code"] == "validation_failed")
    assert ("reason" in body) == (body["code"] == "session_ended")


def _check_headers(headers: Mapping[str, str], body: dict[str, Any]) -> None:
    assert headers["X-Request-ID"] == body["request_id"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers.get("WWW-Authenticate", "").startswith("Bearer ") == (body["status"] == 401)
    assert headers.get("Retry-After", "").isdigit() == (body["status"] in {429, 503})
