"""Whichever statement of a request fails, and however, the answer is 500 or 503, and nothing was done or promised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.kit.database import Model, read, transaction
from app.users import service as users
from app.users.roles import Role
from environment import Rate
from tests.cast import PASSWORD, Browser
from tests.conftest import MakeApp
from tests.counts import PROVE
from tests.kit.faults import listening

NEW = "seven purple umbrellas dancing"
DOORS: dict[str, Callable[[Browser], TestResponse]] = {
    "me": lambda alice: alice.get("/me"),
    "tasks": lambda alice: alice.get("/tasks"),
    "a task": lambda alice: alice.post("/tasks", json={"title": "Rest"}),
    "users": lambda admin: admin.get("/admin/users"),
    "login": lambda alice: alice.post("/auth/login", json={"email": alice.email, "password": PASSWORD}),
    "token": lambda alice: alice.post("/auth/token", json={"email": alice.email, "password": PASSWORD}),
    "refresh": lambda alice: alice.refresh(),
    "logout": lambda alice: alice.post("/auth/logout"),
    "step-up": lambda alice: alice.post("/auth/step-up", json={"password": PASSWORD}),
    "password": lambda alice: alice.post("/me/password", json={"current_password": PASSWORD, "new_password": NEW}),
    "end of all": lambda alice: alice.delete("/me/sessions"),
    "deletion": lambda alice: alice.delete("/me", json={"password": PASSWORD}),
}
FAULTS: dict[str, Callable[[], Exception]] = {
    "a bug": LookupError,
    "the database": lambda: OperationalError("SELECT", {}, Exception("away")),
}
UNCOUNTED = {"rate_counters"}  # an attempt counts, whatever becomes of the request


@dataclass(slots=True)
class Saboteur:
    """Lets the statement of this number fail."""

    number: int
    fault: Exception
    seen: int = 0

    def __call__(self, *_: object) -> None:
        """Hear of a statement."""
        self.seen += 1
        if self.seen == self.number:
            raise self.fault


@pytest.fixture
def person(make_app: MakeApp, admin: Browser) -> Browser:
    """One of two admins, in front of an application that counts attempts."""
    app = make_app(rate_limits=True, login_limit=Rate(1000, timedelta(minutes=1)))
    with app.app_context(), transaction():
        users.add("other@example.com", PASSWORD, name=None, roles=[Role.ADMIN], verified=True)
    there = Browser(app, admin.email)
    there.client._cookies = admin.client._cookies
    return there


def kept(app: Flask) -> dict[str, Any]:
    """What is in every table."""
    tables = [table for table in Model.metadata.sorted_tables if table.name not in UNCOUNTED]
    with app.app_context():
        return {table.name: sorted(map(str, read(sa.select(table)))) for table in tables}


@pytest.mark.parametrize("fault", FAULTS if PROVE else ["a bug"])
@pytest.mark.prove
@pytest.mark.parametrize("door", DOORS)
def test_no_statement_that_fails_lets_anybody_through(person: Browser, door: str, fault: str) -> None:
    before, statuses = kept(person.app), list[int]()

    number = 1
    saboteur, answer = sabotaged(person, door, Saboteur(number, FAULTS[fault]()))
    while saboteur.seen >= number:
        statuses.append(answer.status_code)
        assert answer.headers.getlist("Set-Cookie") == []
        assert kept(person.app) == before
        number += 1
        saboteur, answer = sabotaged(person, door, Saboteur(number, FAULTS[fault]()))

    assert answer.status_code < 300
    assert set(statuses) == {500 if fault == "a bug" else 503}


def sabotaged(person: Browser, door: str, saboteur: Saboteur) -> tuple[Saboteur, TestResponse]:
    """The answer at that door while the saboteur listens."""
    with listening(person.app, "before_cursor_execute", saboteur):
        return saboteur, DOORS[door](person)
