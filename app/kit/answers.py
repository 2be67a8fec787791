"""What leaves: what a view said becomes a response, and what marshmallow found wrong becomes pointers."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, current_app
from flask.json import dumps

JSON = "application/json"
MAX_NAME = 64
# What no schema made text of would be shown as the library likes. In a terminal answers stand on lines of their own.
STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE


def answered(said: Any, status: int, shape: Callable[[Any], Any] | None) -> Response:
    """What a view said, as Flask takes it: a body, and perhaps a status and headers of its own."""
    body, *rest = said if isinstance(said, tuple) else (said,)
    if isinstance(body, Response):
        return current_app.make_response((body, *rest) if rest else body)
    content = orjson.dumps(body if shape is None else shape(body), option=STRICT)
    answer = current_app.response_class(content, status=status, content_type=JSON)
    for each in rest:
        if isinstance(each, int):
            answer.status_code = each
        else:
            answer.headers.extend(each)
    return answer


def line(body: Any) -> str:
    """JSON on a line of its own, for what no schema shows."""
    return f"{dumps(body)}\n"


def pointed(messages: Any, pointer: str = "") -> list[dict[str, str]]:
    """Messages of marshmallow as a list of JSON pointers (RFC 6901) and sentences."""
    if not isinstance(messages, Mapping):
        return [{"pointer": pointer, "detail": str(text)} for text in messages]
    found: list[dict[str, str]] = []
    for name, inner in messages.items():
        found += pointed(inner, pointer + ("" if name == "_schema" else f"/{_step(str(name))}"))
    return found


def _step(name: str) -> str:
    plain = name[:MAX_NAME].encode(errors="replace").decode()  # half of a surrogate pair is no text for strict readers
    return plain.replace("~", "~0").replace("/", "~1")
