"""Clients of the deployment: each with a network address of its own, a name it expects, and TLS."""

import json
import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from time import monotonic
from typing import Any

from tests.cast import API, PASSWORD
from tests.deploy.nginx import NAME, Proxy
from tests.live.clients import SECONDS, Answer

UNSAFE = frozenset({"POST", "PATCH", "DELETE"})


class Visitor:
    """Somebody on one kept connection from one address of the loopback network, with cookies as a browser has them."""

    def __init__(self, proxy: Proxy, address: str = "127.0.0.1", *, tls: bool = True) -> None:
        """Not connected yet."""
        self.proxy, self.address, self.tls = proxy, address, tls
        self.jar: dict[str, str] = {}
        self.connection = HTTPConnection(NAME, timeout=SECONDS)

    def connect(self) -> socket.socket:
        """A connection from this visitor's address."""
        where = ("127.0.0.1", self.proxy.port if self.tls else self.proxy.plain_port)
        bare = socket.create_connection(where, timeout=SECONDS, source_address=(self.address, 0))
        return self.proxy.tls.wrap_socket(bare, server_hostname=NAME) if self.tls else bare

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Answer:
        """The answer to one request; `body` becomes JSON."""
        began = monotonic()
        if self.connection.sock is None:
            self.connection.sock = self.connect()
        sent = json.dumps(body).encode() if body is not None else data
        kind = {"Content-Type": "application/json"} if sent else {}
        self.connection.request(
            method, path, body=sent or None, headers={**kind, **self._credentials(method, path), **(headers or {})}
        )
        answer = self.connection.getresponse()
        content, found = answer.read(), answer.getheaders()
        for name, value in found:
            if name.lower() == "set-cookie":
                self.jar.update((each.key, each.value) for each in SimpleCookie(value).values())
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return Answer(answer.status, json.loads(content) if is_json and content else {}, tuple(found), began)

    def sign_up(self, email: str) -> "Visitor":
        """Register and sign in by cookie."""
        credentials = {"email": email, "password": PASSWORD}
        assert self.ask("POST", f"{API}/auth/register", credentials).status == 201
        assert self.ask("POST", f"{API}/auth/login", credentials).status == 200
        return self

    def close(self) -> None:
        """Leave."""
        self.connection.close()

    def _credentials(self, method: str, path: str) -> dict[str, str]:
        if not self.jar:
            return {}
        kind = "refresh" if path.endswith("/auth/refresh") else "access"
        csrf = {"X-CSRF-TOKEN": self.jar[f"__Host-csrf_{kind}_token"]} if method in UNSAFE else {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items()), **csrf}


def header(answer: Answer, name: str) -> list[str]:
    """Each value of a header."""
    return [value for each, value in answer.headers if each.lower() == name.lower()]
