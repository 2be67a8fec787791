"""Requests that are none, to the real server: refused in the same shape, the connection closed, the server unharmed."""

from collections.abc import Iterator

import pytest

from tests.errors.shape import CANARY, assert_refused_text
from tests.kit.wire import talk
from tests.live.server import Server

WORD = CANARY.encode()
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
LAST = b"Connection: close\r\n\r\n"

BROKEN_BODIES = {
    "a chunk size of letters": CHUNKED + WORD + b"\r\n{}\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
    "a chunk size like Python's": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "no chunk size": CHUNKED + b"\r\n{}\r\n0\r\n\r\n",
    "an endless chunk size": CHUNKED + b"0" * 20_000,
    "a chunk longer than its size": CHUNKED + b"2\r\n{}" + WORD + b"\r\n0\r\n\r\n",
    "a bad second chunk": CHUNKED + b"1\r\n{\r\n" + WORD + b"\r\n}\r\n0\r\n\r\n",
    "a bad chunk extension": CHUNKED + b"2;a=\rb\r\n{}\r\n0\r\n\r\n",
    "a bad trailer": CHUNKED + b"2\r\n{}\r\n0\r\n" + WORD + b"\r\n\r\n",
}
CUT_BODIES = {
    "chunk data cut off": CHUNKED + b"10\r\n{",
    "chunk terminator missing": CHUNKED + b"2\r\n{}",
    "last chunk missing": CHUNKED + b"2\r\n{}\r\n",
    "last line missing": CHUNKED + b"2\r\n{}\r\n0\r\n",
    "no chunk at all": CHUNKED,
    "less than Content-Length": POST + b"Content-Length: 20\r\n\r\n{}",
    "nothing of Content-Length": POST + b"Content-Length: 20\r\n\r\n",
}
BROKEN_HEADS = {
    "a bad request line": WORD + b"\r\n\r\n",
    "two spaces in the request line": b"GET  /livez HTTP/1.1\r\n\r\n",
    "a method in lower case": b"get /livez HTTP/1.1\r\n\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/9.9": b"GET /livez HTTP/9.9\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + b"x" * 50 + b"\r\n\r\n",
    "the PROXY protocol": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GET + LAST,
    "a path of raw bytes": b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a request line too long": b"GET /" + WORD * 500 + b" HTTP/1.1\r\n\r\n",
    "a header too large": GET + b"X-A: " + WORD * 1000 + b"\r\n\r\n",
    "too many headers": GET + b"".join(b"X-%d: %s\r\n" % (each, WORD) for each in range(100)) + b"\r\n",
    "a header without a colon": GET + WORD + b"\r\n\r\n",
    "a space before the colon": GET + b"X-A : " + WORD + b"\r\n\r\n",
    "a folded header": GET + b"X-A: a\r\n " + WORD + b"\r\n\r\n",
    "NUL in a header": GET + b"X-A: \x00" + WORD + b"\r\n\r\n",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "Host twice": GET + b"Host: example.com\r\n\r\n",
    "Content-Length of letters": POST + b"Content-Length: " + WORD + b"\r\n\r\n{}",
    "Content-Length negative": POST + b"Content-Length: -2\r\n\r\n{}",
    "Content-Length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "Content-Length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "Content-Length twice, different": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "Content-Length as a list": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "Content-Length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown transfer encoding": POST + b"Transfer-Encoding: " + WORD + b"\r\n\r\n{}",
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown expectation": POST + b"Expect: " + WORD + b"\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.fixture(autouse=True)
def _unharmed(server: Server) -> Iterator[None]:
    """The same worker answers afterwards."""
    before = server.workers
    yield
    assert talk(server.base_url, GET + LAST).status == 200
    assert server.workers == before


@pytest.mark.parametrize("sent", BROKEN_HEADS.values(), ids=BROKEN_HEADS)
def test_a_request_that_cannot_be_read_is_malformed(server: Server, sent: bytes) -> None:
    reply = talk(server.base_url, sent)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(400, "malformed_request"))
    assert reply.headers["Connection"] == "close"
    assert reply.rest == b""


@pytest.mark.parametrize("sent", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_a_body_in_broken_chunks_is_malformed(server: Server, sent: bytes) -> None:
    reply = talk(server.base_url, sent)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(400, "malformed_request"))
    assert reply.rest == b""


@pytest.mark.parametrize("sent", CUT_BODIES.values(), ids=CUT_BODIES)
def test_a_body_that_breaks_off_is_malformed(server: Server, sent: bytes) -> None:
    reply = talk(server.base_url, sent, hang_up=True)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(400, "malformed_request"))


@pytest.mark.parametrize("length", [64 * 1024 + 1, 200_000])
def test_chunks_beyond_64_kib_are_too_large(server: Server, length: int) -> None:
    body = b"{}".ljust(length)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(some), some) for some in (body[:60_000], body[60_000:]))

    reply = talk(server.base_url, CHUNKED + chunks + b"0\r\n\r\n", hang_up=True)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(413, "payload_too_large"))


def test_a_length_beyond_64_kib_is_refused_before_it_comes(server: Server) -> None:
    reply = talk(server.base_url, POST + b"Content-Length: 65537\r\n\r\n", hang_up=True)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(413, "payload_too_large"))


def test_chunks_in_order_are_read(server: Server) -> None:
    chunks = b"1\r\n{\r\n1;note=x\r\n}\r\n0\r\nX-Trailer: a\r\n\r\n"

    reply = talk(server.base_url, CHUNKED.replace(b"\r\n\r\n", b"\r\n" + LAST) + chunks)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(422, "validation_failed"))


@pytest.mark.parametrize("target", [b"*", b"http://example.com/livez", b"example.com:443", b"/livez#x", b"/?" + WORD])
def test_every_form_of_target_is_answered(server: Server, target: bytes) -> None:
    reply = talk(server.base_url, b"OPTIONS " + target + b" HTTP/1.1\r\nHost: localhost\r\n" + LAST)

    assert reply.status in {200, 400, 404}
    assert CANARY not in str(reply)


def test_a_body_that_nobody_reads_gets_no_second_answer(server: Server) -> None:
    broken = b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + WORD + b"\r\n"

    reply = talk(server.base_url, broken)

    assert_refused_text(reply.status, reply.headers, reply.text, expected=(405, "method_not_allowed"))
    assert reply.rest == b""
