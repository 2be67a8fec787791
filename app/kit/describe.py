"""How the API describes itself in OpenAPI: the two ways in, headers, fields, and every refusal."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from app.kit.errors import Action, Problem
from app.kit.schemas import SURROGATES, Text

PROBLEM_JSON = "application/problem+json"
REQUEST_ID = "X-Request-ID"

ABOUT = """\
**Two ways to carry tokens, one rule.** With an `Authorization` header, only that header counts: cookies are ignored.
Without one, cookies count, and each unsafe request (POST, PATCH, DELETE) must prove that a page of yours sent it.

* *Programs:* `POST /api/v1/auth/token` answers with both tokens. Send `Authorization: Bearer <access token>`, and the
  refresh token in the same way to `/api/v1/auth/refresh`.
* *Pages in a browser:* `POST /api/v1/auth/login` sets both tokens as cookies that no script can read, and with each a
  CSRF cookie that scripts can. Send the value of `csrf_access_token` as `X-CSRF-TOKEN`, to `/api/v1/auth/refresh` that
  of `csrf_refresh_token`. The names of all four begin with `__Host-` unless COOKIE_SECURE is false.

**Refusals** are `application/problem+json` (RFC 9457). Switch on `code` or `action`, never on text. `action` is what
helps: `refresh` (call `/api/v1/auth/refresh` once, then repeat), `login`, `step_up` (prove the password again), `retry`
(wait for `Retry-After`, without one repeat once) or `none`. `GET /problems/{code}` explains each.

**Bodies** are UTF-8 JSON objects up to 64 KiB; names that are not listed are refused. Times are RFC 3339, shown in UTC.
**Lists** come in pages: follow the `Link` header, or send `next_cursor` as `cursor`, until it is null.
"""

INFO: dict[str, Any] = {
    "info": {"description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
    "servers": [{"url": "/"}],
}

HEADERS: dict[str, dict[str, Any]] = {
    REQUEST_ID: {
        "description": "The name of this request in our logs: yours, if you sent one of 1 to 64 of `[A-Za-z0-9._-]`.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Location": {
        "description": "Where the new thing is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {"description": 'The next page, as `<...>; rel="next"`, if there is one.', "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": 'The challenge of RFC 6750; with `error="invalid_token"` when a token was sent.',
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Repeat after this many seconds.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
OF_STATUS = {
    HTTPStatus.CREATED: ["Location"],
    HTTPStatus.UNAUTHORIZED: ["WWW-Authenticate"],
    HTTPStatus.TOO_MANY_REQUESTS: ["Retry-After"],
    HTTPStatus.SERVICE_UNAVAILABLE: ["Retry-After"],
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Switch on `code` or `action`, never on text.",
    "required": ["type", "title", "status", "code", "action", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "action": {"type": "string", "enum": [str(action) for action in Action]},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "reason": {"type": "string", "description": "Why the session ended (`session_ended`)."},
        "errors": {
            "type": "array",
            "description": "What is wrong where (`validation_failed`).",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def problem_responses(refusals: Iterable[type[Problem]]) -> dict[str, Any]:
    """The OpenAPI responses for these refusals: one for each status, naming its codes."""
    by_status: dict[str, dict[str, type[Problem]]] = defaultdict(dict)
    for refusal in refusals:
        by_status[str(int(refusal.status))][refusal.code] = refusal
    return {status: _response(codes) for status, codes in sorted(by_status.items())}


def all_responses(answers: dict[Any, Any], refusals: Iterable[type[Problem]], *, paged: bool) -> dict[str, Any]:
    """A view's own answers and its refusals, by status, each with its headers; a status may mean both."""
    merged = {str(int(status)): answer for status, answer in answers.items()}
    for status, refused in problem_responses(refusals).items():
        own = merged.get(status, {})
        merged[status] = refused | {"content": own.get("content", {}) | refused["content"]}
    for status, answer in merged.items():
        linked = ["Link"] if paged and status == str(int(HTTPStatus.OK)) else []
        names = [*OF_STATUS.get(HTTPStatus(int(status)), ()), *linked, REQUEST_ID]
        answer["headers"] = answer.get("headers", {}) | {name: name for name in names}
    return dict(sorted(merged.items()))


def field_details(_converter: Any, field: Any, *, ret: dict[str, Any]) -> dict[str, Any]:
    """What apispec cannot know of a field: the characters that it takes; an example in the way of OpenAPI 3.1."""
    found: dict[str, Any] = {"examples": [ret.pop("example")]} if "example" in ret else {}
    if isinstance(field, Text) and "enum" not in ret:
        refused = "".join(each.pattern[1:-1] for each in field.forbidden if each is not SURROGATES)
        # Escaped: whoever reads the document sees them, and no reader's text turns around.
        found |= {"pattern": f"^[^{refused.encode('ascii', 'backslashreplace').decode()}]*$"} if refused else {}
    return found


def query_details(_converter: Any, _field: Any, *, ret: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what is not asked for is left out."""
    schema = dict(ret["schema"])
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (each for each in schema["type"] if each != "null")
    if "enum" in schema:
        schema["enum"] = [word for word in schema["enum"] if word is not None]
    if schema.get("default", ...) is None:
        del schema["default"]
    return {"schema": schema}


def _response(codes: dict[str, type[Problem]]) -> dict[str, Any]:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": sorted(codes)}},
    }
    lines = [f"* `{code}` (action `{codes[code].action}`): {codes[code].title}" for code in sorted(codes)]
    return {"description": "\n".join(lines), "content": {PROBLEM_JSON: {"schema": schema}}}
