"""Named refusals, and the one shape in which every error leaves the house (RFC 9457).

Raise a `Problem` where the trouble is discovered and catch it nowhere: the class gives code, status and action, its
docstring the title. The list of classes makes `/problems`, the OpenAPI responses and the tests.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar


class Action(StrEnum):
    """What helps the client: it switches on this or on the code, never on text."""

    NONE = "none"
    REFRESH = "refresh"
    LOGIN = "login"
    STEP_UP = "step_up"
    RETRY = "retry"


class Problem(Exception):
    """A refusal with a name.

    A direct subclass is a code; a subclass of that is the same code with a `detail` of its own (its docstring).
    """

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]
    action: ClassVar[Action] = Action.NONE
    stands: ClassVar[bool] = False
    token_sent: ClassVar[bool] = False
    default_detail: ClassVar[str | None] = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Refuse, with a sentence for the person, further members of the body and headers if they help."""
        super().__init__(detail or self.title)
        self.detail = detail or self.default_detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def __init_subclass__(cls) -> None:
        """Take the code from the class's name and the title from its docstring."""
        sentence = (cls.__doc__ or "").strip().splitlines()[0]
        if Problem in cls.__bases__:
            cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
            cls.title = sentence
        else:
            cls.default_detail = sentence

    def body(self, request_id: str) -> dict[str, Any]:
        """The members of the answer."""
        body = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": int(self.status),
            "code": self.code,
            "action": str(self.action),
            "request_id": request_id,
        }
        if self.detail:
            body["detail"] = self.detail
        return body | self.members


def problem_classes() -> list[type[Problem]]:
    """One class for each code, in the order of status and code."""
    return sorted(Problem.__subclasses__(), key=lambda each: (each.status, each.code))


def family(problem: type[Problem]) -> Iterator[type[Problem]]:
    """The class and all that say the same code in other words."""
    yield problem
    for child in problem.__subclasses__():
        yield from family(child)
