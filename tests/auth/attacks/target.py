"""What is attacked: a deployment with a ring of four keys, Alice who is signed in, and all that can be seen of it."""

import re
import sqlite3
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.auth.tokens import Kind
from app.keys.ring import SigningKey, ring
from app.kit.database import db
from tests.auth.attacks.attack import Way
from tests.auth.attacks.bench import Bench
from tests.cast import ORIGIN, Browser
from tests.keys.conftest import commands

DOORS = {Kind.ACCESS: ("GET", "/api/v1/me"), Kind.REFRESH: ("POST", "/api/v1/auth/refresh")}
OTHER_FAMILY = {"HS256": "ES256", "ES256": "HS256", "EdDSA": "HS256", "PS256": "HS256"}
SAME_FAMILY = {"HS256": "HS512", "ES256": "EdDSA", "EdDSA": "ES256", "PS256": "ES256"}
EXPIRES = re.compile(r" Expires=[^;]+;")  # the present moment

Seen = tuple[int, list[tuple[str, str]], dict[str, Any]]


def seen(answer: TestResponse) -> Seen:
    """All of an answer that its receiver can tell from another, but for the request's id and the time of day."""
    body = {name: value for name, value in answer.get_json().items() if name != "request_id"}
    headers = [(name, EXPIRES.sub("", value)) for name, value in answer.headers if name != "X-Request-ID"]
    return answer.status_code, sorted(headers), body


def on_the_wire(token: str) -> str:
    """The token as a WSGI server hands it on: its UTF-8 bytes, each as one letter."""
    return token.encode(errors="surrogatepass").decode("latin-1")


@dataclass(eq=False)
class Target:
    """A deployment under attack. `statements` lists what its database was asked since they were last cleared."""

    app: Flask
    algorithm: str
    canary: str
    statements: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Turn the ring until a key of each state is in it, and let Alice and Mallory in."""
        keys = commands(self.app)
        for algorithm in (OTHER_FAMILY[self.algorithm], SAME_FAMILY[self.algorithm], self.algorithm):
            keys("generate", "--algorithm", algorithm)
            keys("rotate", "--now")
        keys("generate", "--algorithm", self.algorithm)
        self.alice, self.mallory = self.newcomer("alice"), self.newcomer("mallory")
        with self.app.app_context():
            sa.event.listen(db.engine, "checkout", self._overhear)

    def _overhear(self, connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(self.statements.append)  # the driver's: SQLAlchemy does not know of all

    def newcomer(self, name: str) -> Browser:
        """Somebody who has just signed in."""
        return Browser(self.app, f"{name}@example.com").register().log_in()

    def bench(self, kind: Kind, victim: Browser | None = None) -> Bench:
        """What the attacks are made from, as things stand now."""
        (other,) = set(Kind) - {kind}
        victim = victim or self.alice
        return Bench(
            kind=kind,
            good=victim.cookie(f"{kind}_token") or "",
            of_other_kind=victim.cookie(f"{other}_token") or "",
            of_mallory=self.mallory.cookie(f"{kind}_token") or "",
            keys=self._keys,
            canary=self.canary,
        )

    @cached_property
    def _keys(self) -> dict[str, SigningKey]:
        with self.app.app_context():
            found = ring()
        return {
            "active": found.active(),
            "next": next(key for key in found.keys.values() if key.state == "next"),
            "same family": next(key for key in found.keys.values() if key.algorithm == SAME_FAMILY[self.algorithm]),
            "other family": next(key for key in found.keys.values() if key.algorithm == OTHER_FAMILY[self.algorithm]),
        }

    def knock(self, kind: Kind, way: Way, token: str) -> TestResponse:
        """Present a token at the door of its kind."""
        method, path = DOORS[kind]
        text = on_the_wire(token)
        carried = (
            {"HTTP_AUTHORIZATION": f"Bearer {text}"}
            if way is Way.BEARER
            else {"HTTP_COOKIE": f"__Host-{kind}_token={text}"}
        )
        client = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, base_url=ORIGIN, environ_overrides=carried)

    @cached_property
    def refusals(self) -> dict[tuple[Kind, Way], Seen]:
        """What a token gets that is none at all."""
        return {(kind, way): seen(self.knock(kind, way, "x")) for kind in Kind for way in Way}

    def still_lets_alice_in(self, kind: Kind) -> bool:
        """Whether the good token of this kind works as before."""
        answer = self.alice.get("/me") if kind is Kind.ACCESS else self.alice.refresh()
        return answer.status_code == 200
