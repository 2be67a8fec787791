"""With TRUSTED_PROXIES=0 the real server believes no header about itself, not even from loopback."""

import json

import pytest

from tests.errors.shape import assert_refused_text
from tests.kit.wire import talk
from tests.live.server import Server

LAST = "Connection: close\r\n\r\n"
SPOOFED_PATHS = ("SCRIPT_NAME: /problems", "SCRIPT-NAME: /problems", "PATH_INFO: /problems", "PATH-INFO: /problems")
SPOOFED_SCHEMES = (
    "X-Forwarded-Proto: https",
    "X-Forwarded-Protocol: ssl",
    "X-Forwarded-SSL: on",
    "X-Forwarded-Scheme: https",
    "Forwarded: for=192.0.2.1;proto=https;host=evil.example",
    "Front-End-Https: on",
    "X-Forwarded-Prefix: /problems",
)
SPOOFED_HOSTS = ("X-Forwarded-Host: evil.example", "X-Forwarded-Server: evil.example", "Forwarded: host=evil.example")


@pytest.mark.parametrize("header", SPOOFED_PATHS)
def test_no_header_leads_elsewhere_than_the_path(server: Server, header: str) -> None:
    reply = talk(server.base_url, f"GET /livez HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{LAST}".encode())

    assert reply.status == 200
    assert json.loads(reply.text) == {"status": "ok", "checks": {}}


@pytest.mark.parametrize("header", SPOOFED_SCHEMES)
def test_no_header_makes_the_request_https(server: Server, header: str) -> None:
    reply = talk(server.base_url, f"GET /livez HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{LAST}".encode())

    assert reply.status == 200
    assert "Strict-Transport-Security" not in reply.headers


@pytest.mark.parametrize("header", SPOOFED_HOSTS)
def test_no_header_makes_another_origin_our_own(server: Server, header: str) -> None:
    head = f"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n{header}\r\nOrigin: http://evil.example\r\n"

    reply = talk(server.base_url, f"{head}Content-Length: 0\r\n{LAST}".encode())

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(403, "csrf_failed"))
    assert "evil" not in reply.text


def test_the_server_does_not_say_which_it_is(server: Server) -> None:
    reply = talk(server.base_url, f"GET /livez HTTP/1.1\r\nHost: localhost\r\n{LAST}".encode())

    assert reply.headers["Server"] == "latchkey"
    assert "X-Powered-By" not in reply.headers
