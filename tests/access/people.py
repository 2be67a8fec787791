"""People with one role each, and the doors of the whole application."""

import re
from typing import Any, cast

from flask import Flask
from werkzeug.test import TestResponse

from app.access.guards import Credential, Policy, policies
from app.kit.database import SAFE_METHODS, transaction
from app.users import service as users
from app.users.roles import Role
from tests.cast import ORIGIN, PASSWORD, Person, Service

ANY_ID = "01939c5e-0000-7000-8000-000000000000"
Door = tuple[str, str]


class Knocker(Person):
    """Somebody whose client keeps no cookies: what they send is in the headers. Paths are whole."""

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """Send exactly this."""
        client = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, base_url=ORIGIN, headers=headers, **options)


def somebody_who_is(app: Flask, *roles: Role) -> Service:
    """A program signed in on an account with exactly these roles."""
    email = "-".join((*roles, "person")) + "@example.com"
    with app.app_context(), transaction():
        users.add(email, PASSWORD, name=None, roles=roles, verified=True)
    return Service(app, email).log_in()


def doors(app: Flask) -> list[Door]:
    """Every route, as method and path with an id where one belongs."""
    return [(method, filled(rule)) for method, rule in policies(app)]


def guarded_doors(app: Flask) -> list[Door]:
    """Every route that asks for an access token."""
    declared = cast("dict[Door, Policy]", policies(app)).items()
    return [(method, filled(rule)) for (method, rule), each in declared if each.credential is Credential.ACCESS]


def unsafe(found: list[Door]) -> list[Door]:
    """Those that may change something."""
    return [door for door in found if door[0] not in SAFE_METHODS]


def filled(rule: str) -> str:
    """The rule as a path, with an id where one belongs."""
    return re.sub(r"<[^>]+>", ANY_ID, rule)
