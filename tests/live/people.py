"""Who calls the servers: accounts, and the tokens in their hands, by bearer or by cookie."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cast import API, PASSWORD
from tests.live.clients import Answer, Call, send


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A pair of tokens; `csrf` has the value of each by its kind, if they came by cookie."""

    access: str
    refresh: str
    csrf: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        """A request by the access token."""
        return Call(method, API + path, self._credentials("access"), body)

    def by_refresh(self, path: str) -> Call:
        """A POST by the refresh token."""
        return Call("POST", API + path, self._credentials("refresh"))

    @property
    def attempts(self) -> list[Call]:
        """What a thief would try with each of the two."""
        return [self.call("GET", "/me"), self.by_refresh("/auth/refresh")]

    def _credentials(self, kind: str) -> dict[str, str]:
        token = self.access if kind == "access" else self.refresh
        if not self.csrf:
            return {"Authorization": f"Bearer {token}"}
        return {"Cookie": f"__Host-{kind}_token={token}", "X-CSRF-TOKEN": self.csrf[kind]}


def tokens_of(answer: Answer) -> Tokens:
    """The pair that an answer brings, in its body or in its cookies."""
    assert answer.status == 200, answer
    if "access_token" in answer.body:
        return Tokens(access=answer.body["access_token"], refresh=answer.body["refresh_token"])
    pairs = (text.partition(";")[0].partition("=") for name, text in answer.headers if name == "Set-Cookie")
    return tokens_in({name.removeprefix("__Host-"): value for name, _, value in pairs})


def tokens_in(jar: Mapping[str, str]) -> Tokens:
    """The pair in these cookies, which are named without prefix."""
    csrf = {kind: jar[f"csrf_{kind}_token"] for kind in ("access", "refresh")}
    return Tokens(access=jar["access_token"], refresh=jar["refresh_token"], csrf=csrf)


def claims(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    payload = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an account on a server."""

    base_url: str
    email: str

    @property
    def credentials(self) -> dict[str, Any]:
        """What opens the account."""
        return {"email": self.email, "password": PASSWORD}

    def sign_in_call(self, *, by_cookie: bool = False) -> Call:
        """The request that begins a session."""
        return Call("POST", f"{API}/auth/{'login' if by_cookie else 'token'}", json=self.credentials)

    def sign_in(self, *, by_cookie: bool = False) -> Tokens:
        """Begin a session."""
        return tokens_of(send(self.base_url, self.sign_in_call(by_cookie=by_cookie)))


def newcomer(base_url: str) -> Account:
    """Somebody who has just registered."""
    account = Account(base_url, f"{secrets.token_hex(8)}@example.com")
    answer = send(base_url, Call("POST", f"{API}/auth/register", json=account.credentials))
    assert answer.status == 201, answer
    return account
