"""The people in the tests: each with a cookie jar or a bearer token of their own."""

from typing import Any, Self

from flask import Flask
from werkzeug.test import TestResponse

API = "/api/v1"
ORIGIN = "https://localhost"
PASSWORD = "correct horse battery staple"
UNSAFE = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class Person:
    """Somebody who talks to the API; paths are below /api/v1."""

    def __init__(self, app: Flask, email: str = "stranger@example.com") -> None:
        """Start with nothing but an address."""
        self.app = app
        self.email = email
        self.client = app.test_client()

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """Send a request as this person's client would."""
        sent = {**self.credentials(method, path), **(headers or {})}
        where = (
            path
            if path.startswith(("/api/", "/problems", "/livez", "/readyz", "/healthz", "/.well-known"))
            else API + path
        )
        return self.client.open(where, method=method, base_url=ORIGIN, headers=sent, **options)

    def credentials(self, _method: str, _path: str) -> dict[str, str]:
        """The headers by which this person proves who they are."""
        return {}

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """POST."""
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        """PATCH."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        """DELETE."""
        return self.request("DELETE", path, **options)

    def register(self, password: str = PASSWORD, **further: Any) -> Self:
        """Open the account."""
        answer = self.post("/auth/register", json={"email": self.email, "password": password, **further})
        assert answer.status_code == 201, answer.text
        return self


class Browser(Person):
    """Somebody in a browser: cookies, and the readable one echoed in `X-CSRF-TOKEN`."""

    def credentials(self, method: str, path: str) -> dict[str, str]:
        """Echo the CSRF cookie that belongs to the path, as a page's script does."""
        kind = "refresh" if path.endswith("/auth/refresh") else "access"
        value = self.cookie(f"csrf_{kind}_token")
        return {"X-CSRF-TOKEN": value} if method in UNSAFE and value else {}

    def log_in(self, password: str = PASSWORD) -> Self:
        """Sign in by cookie."""
        answer = self.post("/auth/login", json={"email": self.email, "password": password})
        assert answer.status_code == 200, answer.text
        return self

    def refresh(self, **options: Any) -> TestResponse:
        """Renew the cookies."""
        return self.post("/auth/refresh", **options)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie in the jar, by its name without prefix."""
        found = self.client.get_cookie(f"__Host-{name}", "localhost")
        return found.value if found else None

    def set_cookie(self, name: str, value: str) -> None:
        """Put another value into the jar."""
        self.client.set_cookie(f"__Host-{name}", value, domain="localhost", path="/")

    def drop_cookie(self, name: str) -> None:
        """Take a cookie out of the jar."""
        self.client.delete_cookie(f"__Host-{name}", domain="localhost", path="/")


class Service(Person):
    """A program with bearer tokens."""

    access_token: str
    refresh_token: str

    def log_in(self, password: str = PASSWORD) -> Self:
        """Sign in by bearer."""
        answer = self.post("/auth/token", json={"email": self.email, "password": password})
        assert answer.status_code == 200, answer.text
        return self.keep(answer)

    def keep(self, answer: TestResponse) -> Self:
        """Keep the tokens of an answer."""
        body = answer.get_json()
        self.access_token = body["access_token"]
        self.refresh_token = body.get("refresh_token", getattr(self, "refresh_token", ""))
        return self

    def credentials(self, _method: str, path: str) -> dict[str, str]:
        """Send the token that belongs to the path."""
        kind = "refresh_token" if path.endswith("/auth/refresh") else "access_token"
        token = getattr(self, kind, None)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def refresh(self, token: str | None = None) -> TestResponse:
        """Trade the refresh token (or this one)."""
        return self.post("/auth/refresh", headers={"Authorization": f"Bearer {token or self.refresh_token}"})


def code(answer: TestResponse) -> tuple[int, str | None]:
    """The status and the problem's code."""
    body = answer.get_json(silent=True) or {}
    return answer.status_code, body.get("code")
