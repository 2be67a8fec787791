"""Servers of a few lines that take every token, and some that do not."""

import json
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

from bench.contenders import JWT_GUIDE
from bench.servers import PASSWORD, Server, Size

TASKS: list[dict[str, str]] = [{}] * 20


class Gullible(BaseHTTPRequestHandler):
    """Takes every token and every password; `strict` says what it refuses once it was revoked or is wrong."""

    protocol_version = "HTTP/1.1"
    strict = False
    ended = False
    numbers = count(1)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        """Answer as if all were well."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        wrong = f"not {PASSWORD}" in body or (type(self).ended and self.path != "/login")
        number = next(self.numbers)
        everything = {"email": "user1@example.com", "items": TASKS, "access_token": f"a{number}", "refresh_token": "r"}
        type(self).ended = self.path == "/logout"
        self.send_response(401 if self.strict and wrong else 200)
        content = json.dumps(everything).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  the library's names


class Strict(Gullible):
    """Refuses what it should."""

    strict = True


class Refusing(Gullible):
    """Refuses everything."""

    def answer(self) -> None:
        """Refuse."""
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = answer  # noqa: N815  the library's name


@contextmanager
def serving(kind: type[Gullible]) -> Iterator[Server]:
    """Such a server, as if it were the guide's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as listener:
        Thread(target=listener.serve_forever, daemon=True).start()
        process = subprocess.Popen(["true"])
        size, port = Size(users=1, sessions=0), listener.server_address[1]
        yield Server(
            contender=JWT_GUIDE, port=port, process=process, cluster=None, size=size, readers=[], sessions=deque()
        )
        process.wait()
        listener.shutdown()
