"""How refusals look in the OpenAPI document."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.kit.errors import Action, Problem

PROBLEM_JSON = "application/problem+json"

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


def _response(codes: dict[str, type[Problem]]) -> dict[str, Any]:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": sorted(codes)}},
    }
    return {
        "description": " ".join(f"`{code}`: {codes[code].title}" for code in sorted(codes)),
        "content": {PROBLEM_JSON: {"schema": schema}},
    }
