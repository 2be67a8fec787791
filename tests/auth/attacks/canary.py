"""The attacker's own web server: it serves keys that would verify a forgery, and counts who comes for them."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

from app.keys import algorithms
from app.kit import clock
from tests.auth.attacks.bench import encoded, foreign

FORGERS = ("ES256", "EdDSA", "PS256")
FORGED_KID = "forged"


def forged_jwk(algorithm: str) -> dict[str, Any]:
    """The public half of the attacker's own key; for an HMAC all of it."""
    private = foreign(algorithm)
    if isinstance(private, bytes):
        return {"kty": "oct", "k": encoded(private)}
    return algorithms.public_jwk(algorithm, private)


@cache
def certificate(algorithm: str) -> str:
    """A certificate that the attacker gave their own key, in base64."""
    private = foreign(algorithm)
    assert not isinstance(private, bytes)
    name = Name([NameAttribute(NameOID.COMMON_NAME, "latchkey")])
    now = clock.now()
    made = (
        CertificateBuilder(issuer_name=name, subject_name=name, public_key=private.public_key(), serial_number=1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(private, None if algorithm == "EdDSA" else SHA256())
    )
    return b64encode(made.public_bytes(Encoding.DER)).decode()


class Handler(BaseHTTPRequestHandler):
    """Serves the attacker's key set under every path."""

    visitors: list[str] = []

    def do_GET(self) -> None:
        """Note the visitor and serve the keys."""
        self.visitors.append(self.path)
        body = json.dumps({"keys": [forged_jwk(each) | {"kid": FORGED_KID} for each in FORGERS]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Canary:
    """The server's URL, and who came."""

    url: str
    visitors: list[str]


@contextmanager
def canary() -> Iterator[Canary]:
    """The server, running."""
    Handler.visitors.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Canary(f"http://127.0.0.1:{server.server_port}", Handler.visitors)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
