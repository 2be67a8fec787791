"""What an answer does to a cookie jar, and people who send cookies of their own making."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import Person

PREFIX = "__Host-"
ACCESS = frozenset({"access_token", "csrf_access_token"})
REFRESH = frozenset({"refresh_token", "csrf_refresh_token"})


@dataclass(frozen=True)
class Crumb:
    """One `Set-Cookie`: attributes in lower case, a flag's value is empty."""

    name: str
    value: str
    attributes: dict[str, str]

    @property
    def plain_name(self) -> str:
        """The name without its prefix."""
        return self.name.removeprefix(PREFIX)

    @property
    def clears(self) -> bool:
        """Whether it takes the cookie back."""
        return self.value == "" and self.attributes.get("max-age") == "0"


def crumbs(answer: TestResponse) -> list[Crumb]:
    """Every cookie that the answer sets or clears."""
    return [_crumb(line) for line in answer.headers.getlist("Set-Cookie")]


def cleared(answer: TestResponse) -> frozenset[str]:
    """The plain names of the cookies that the answer takes back."""
    return frozenset(crumb.plain_name for crumb in crumbs(answer) if crumb.clears)


def given(answer: TestResponse) -> frozenset[str]:
    """The plain names of the cookies that the answer sets."""
    return frozenset(crumb.plain_name for crumb in crumbs(answer) if not crumb.clears)


def without_jar(app: Flask) -> Person:
    """Somebody whose client keeps no cookies: each request says its own."""
    person = Person(app)
    person.client = app.test_client(use_cookies=False)
    return person


def cookie_header(pairs: Iterable[tuple[str, Sequence[str]]], *, prefix: str = PREFIX) -> dict[str, str]:
    """The header that sends each name with each of its values."""
    sent = [f"{prefix}{name}={value}" for name, values in pairs for value in values]
    return {"Cookie": "; ".join(sent)} if sent else {}


def _crumb(line: str) -> Crumb:
    (name, value), *attributes = (part.strip().partition("=")[::2] for part in line.split(";"))
    return Crumb(name, value, {key.lower(): text for key, text in attributes})
