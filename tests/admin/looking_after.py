"""What admins do, in the words of the tests."""

from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Role
from tests.cast import PASSWORD, Browser, Person, Service, code

USERS = "/admin/users"
Outcome = tuple[int, str | None]


def id_of(who: Person) -> UUID:
    """Somebody's account."""
    with who.app.app_context():
        return users.id_of(who.email)


def account(app: Flask, email: str, *roles: Role) -> Service:
    """Somebody with exactly these roles, signed in."""
    with app.app_context(), transaction():
        users.add(email, PASSWORD, name=None, roles=roles, verified=True)
    return Service(app, email).log_in()


def patched(admin: Person, whom: Person, **fields: Any) -> TestResponse:
    """The answer to a change of somebody's account."""
    return admin.patch(f"{USERS}/{id_of(whom)}", json=fields)


def why(who: Service | Browser) -> list[tuple[Any, ...]]:
    """What both tokens of somebody are told."""
    answers = [who.get("/me"), who.refresh()]
    return [(*code(each), each.get_json().get("reason")) for each in answers]
