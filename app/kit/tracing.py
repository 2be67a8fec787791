"""The name of a request, by which an answer, its log lines and its audit events are found again; and who asks."""

import re
from uuid import UUID

from flask import g, has_request_context, request

from app.kit.secrets import random_id

HEADER = "X-Request-ID"
SENT, KEPT = "HTTP_X_REQUEST_ID", "latchkey.request_id"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id() -> str:
    """The caller's `X-Request-ID` if it is 1 to 64 of `[A-Za-z0-9._-]`, else one made here; the same all through."""
    if not has_request_context():
        return ""
    environ = request.environ
    name: str | None = environ.get(KEPT)
    if name is None:
        sent = environ.get(SENT, "")
        name = environ[KEPT] = sent if ACCEPTED.fullmatch(sent) else random_id()
    return name


def name_caller(user_id: UUID) -> None:
    """Say in every further log line of this request on whose behalf it works."""
    g.caller_name = str(user_id)


def traces() -> dict[str, str]:
    """What each log line says of the request that it belongs to; nothing outside of one."""
    if not has_request_context():
        return {}
    return {"request_id": request_id()} | ({"user_id": g.caller_name} if "caller_name" in g else {})
