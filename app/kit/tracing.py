"""The name of a request, by which an answer, its log lines and its audit events are found again; and who asks."""

import re
from uuid import UUID

from flask import g, has_request_context, request

from app.kit.secrets import random_id

HEADER = "X-Request-ID"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id() -> str:
    """The caller's `X-Request-ID` if it is 1 to 64 of `[A-Za-z0-9._-]`, else one made here; the same all through."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if ACCEPTED.fullmatch(sent) else random_id()
    return str(g.request_id)


def name_caller(user_id: UUID) -> None:
    """Say in every further log line of this request on whose behalf it works."""
    g.caller_name = str(user_id)


def traces() -> dict[str, str]:
    """What each log line says of the request that it belongs to; nothing outside of one."""
    if not has_request_context():
        return {}
    return {"request_id": request_id()} | ({"user_id": g.caller_name} if "caller_name" in g else {})
