"""The problems, explained."""

from typing import Any

from app.kit.errors import Problem, problem_classes
from app.kit.problems import NotFound

HELP = {
    "none": "Repeating the request will not help.",
    "refresh": "Call POST /api/v1/auth/refresh once, then repeat the request.",
    "login": "The session is over: sign in again.",
    "step_up": "Prove the password at POST /api/v1/auth/step-up, then repeat the request.",
    "retry": "Wait for Retry-After, then repeat; without that header, repeat once. After 500, 503 or a lost answer"
    " repeat only GET, HEAD and /auth/refresh. After csrf_failed read the CSRF cookie again first.",
}


def all_problems() -> list[dict[str, Any]]:
    """Every problem that this API can answer with."""
    return [_explained(each) for each in problem_classes()]


def problem(code: str) -> dict[str, Any]:
    """One problem.

    Raises:
        NotFound: there is no such code.
    """
    for each in problem_classes():
        if each.code == code:
            return _explained(each)
    raise NotFound


def _explained(each: type[Problem]) -> dict[str, Any]:
    return {
        "type": f"/problems/{each.code}",
        "code": each.code,
        "status": int(each.status),
        "title": each.title,
        "action": str(each.action),
        "help": HELP[each.action],
    }
