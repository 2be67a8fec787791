"""How a request's body is read: strictly, and the same way by everybody."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import HTTPException

from app.kit.application import MAX_BODY_BYTES
from app.kit.problems import MalformedRequest, PayloadTooLarge, UnsupportedMediaType

MAX_DEPTH = 32
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Form(dict[str, str]):
    """The fields of a form."""


def read_json() -> Any:
    """The body as JSON.

    Raises:
        UnsupportedMediaType: not `application/json`, or in another charset than UTF-8.
        MalformedRequest: broken off, not UTF-8, not JSON (RFC 8259), deeper than 32, or with a name twice in an object.
        PayloadTooLarge: longer than 64 KiB.
    """
    require_media_type(JSON)
    try:
        body = json.loads(_text(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not JSON, or nests too deep.") from None
    _check_depth(body)
    return body


def read_form() -> Form:
    """The body as `application/x-www-form-urlencoded`.

    Raises:
        MalformedRequest: broken off, not UTF-8 under the percent signs, or with a name twice.
        PayloadTooLarge: longer than 64 KiB.
    """
    try:
        return Form(_unique(parse_qsl(_text(), keep_blank_values=True, encoding="utf-8", errors="strict")))
    except ValueError:
        raise MalformedRequest("The body is not a form.") from None


def fetch() -> None:
    """Wait for the body; what there is to say about what it says is said by whoever reads it.

    Raises:
        MalformedRequest: broken off.
    """
    _bytes()


def require_media_type(*accepted: str) -> str:
    """The body's media type, one of those accepted, in UTF-8.

    Raises:
        UnsupportedMediaType: anything else, also none at all.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in accepted or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Send " + " or ".join(accepted) + " in UTF-8.")
    return request.mimetype


def _text() -> str:
    body = _bytes()
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    if request.content_length not in {None, len(body)}:  # servers hand on what came before the client was gone
        raise MalformedRequest("The body broke off.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None


def _bytes() -> bytes:
    try:
        return request.get_data()
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  what servers raise for broken chunks has no common name, not even OSError
        raise MalformedRequest("The body broke off.") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise MalformedRequest("A name stands twice in one object.")
        members[name] = value
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _check_depth(body: Any) -> None:
    level, depth = _containers([body]), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise MalformedRequest("The body nests too deep.")
        level = _containers(inner for each in level for inner in (each.values() if isinstance(each, dict) else each))


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [each for each in values if isinstance(each, dict | list)]
