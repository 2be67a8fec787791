"""The server, played one answer at a time, and what a client makes of it."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

Answer = tuple[int, dict[str, Any] | None, dict[str, str]]
Script = Callable[[dict[str, list[Answer]]], list[str]]
LOST: Answer = (0, None, {})
DONE: Answer = (200, {"done": True}, {})
RENEWED: Answer = (200, {"expires_in": 900}, {"Set-Cookie": "csrf_refresh_token=second; Path=/"})


def refusal(status: int, code: str, action: str, after: int | None = None, **members: Any) -> Answer:
    """A problem."""
    headers = {"Content-Type": "application/problem+json", **({} if after is None else {"Retry-After": str(after)})}
    return status, {"status": status, "code": code, "action": action, "title": f"{code}.", **members}, headers


EXPIRED = refusal(401, "token_expired", "refresh")
ENDED = refusal(401, "session_ended", "login", reason="logout")
BUSY = refusal(429, "rate_limited", "retry", 0)
BROKEN = refusal(500, "internal_error", "retry")
AWAY = refusal(503, "unavailable", "retry", 0)
FORGED = refusal(403, "csrf_failed", "retry")


def stale(route: Route) -> None:
    """The door that asks for the password again."""
    status, body, headers = refusal(403, "fresh_login_required", "step_up", detail="Prove your password again.")
    route.fulfill(status=status, body=json.dumps(body), headers=headers)


def call(page: Page, method: str = "GET", path: str = "/x", **init: Any) -> str:
    """What came of a request: its status, or the code of the problem that was thrown."""
    return str(
        page.evaluate(
            """([path, init]) => auth.fetch(path, init).then(
                (answer) => String(answer.status),
                (problem) => problem instanceof Problem ? problem.code : String(problem))""",
            [path, {"method": method, **init}],
        )
    )


def asked_of_the_app(page: Page) -> list[str]:
    """The hooks that were called."""
    return [str(each) for each in page.evaluate("asked")]
