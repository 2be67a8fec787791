"""How a request's body is read: strictly, and the same way by everybody."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from flask import request

from app.kit.problems import MalformedRequest, UnsupportedMediaType

MAX_DEPTH = 32
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Form(dict[str, str]):
    """The fields of a form."""


def read_json() -> Any:
    """The body as JSON.

    Raises:
        UnsupportedMediaType: not `application/json`, or in another charset than UTF-8.
        MalformedRequest: not UTF-8, not JSON (RFC 8259), deeper than 32, or with a name twice in one object.
        RequestEntityTooLarge: longer than 64 KiB.
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
        MalformedRequest: not UTF-8 under the percent signs, or with a name twice.
        RequestEntityTooLarge: longer than 64 KiB.
    """
    try:
        return Form(_unique(parse_qsl(_text(), keep_blank_values=True, encoding="utf-8", errors="strict")))
    except ValueError:
        raise MalformedRequest("The body is not a form.") from None


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
    try:
        return request.get_data().decode()
    except OSError:  # gunicorn raises these for broken chunks, in the middle of reading
        raise MalformedRequest("The body broke off.") from None
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None


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
    level, depth = [body], 0
    while level := [child for each in level for child in _children(each)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise MalformedRequest("The body nests too deep.")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
