"""Whoever takes their time takes nobody else's: idle connections, half requests, answers that are not taken."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from time import monotonic

import pytest

from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.clients import Call, send
from tests.live.server import Server, serve
from tests.live.test_signals import address

CROWD = count(24, 100, 400)
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BUNDLE = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
REPEATED = 10
LIFE = Call("GET", "/livez")
NOTICED = 0.3  # seconds, for the server to have dealt with the crowd as far as it does
PROMPT = 10  # seconds, for what needs hundredths: the machine may be busy; if all threads waited, it would be 15
SLOW = {
    "say nothing": b"",
    "stop in the middle of a line": b"GET /liv",
    "stop in the middle of a head": b"GET /livez HTTP/1.1\r\nHost: localhost\r\n",
    "stop in the middle of a body": POST + b"Content-Length: 60\r\n\r\n{",
    "stop in the middle of a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n3c\r\n{",
    "announce a body and wait": POST + b"Content-Length: 60\r\nExpect: 100-continue\r\n\r\n",
    "do not take the answers": BUNDLE * REPEATED,
    "do not hang up after the last answer": b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers of four threads on a database that nobody needs."""
    path = tmp_path_factory.mktemp("patient") / "latchkey.db"
    with serve(f"sqlite:///{path}", workers=2, threads=4, migrate=False) as running:
        yield running


@contextmanager
def crowd(server: Server, sent: bytes) -> Iterator[None]:
    """Many who send this, and then nothing."""
    with ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(connected(server)).sendall(sent)
        yield


@pytest.mark.prove
@pytest.mark.parametrize("what", SLOW)
def test_those_who_are_quick_are_answered_while_many(server: Server, what: str, request: pytest.FixtureRequest) -> None:
    with crowd(server, SLOW[what]):
        until, times = monotonic() + NOTICED, [answered_after(server)]
        while monotonic() < until:
            times.append(answered_after(server))

    FIGURES.append(f"{request.node.name}: {CROWD} of them, the slowest of {len(times)} answers {max(times):.2f} s")
    assert max(times) < PROMPT


def answered_after(server: Server) -> float:
    """How long somebody quick waits for an answer."""
    answer = send(server.base_url, LIFE)
    assert answer.status == 200
    return monotonic() - answer.began


@ONLY_PROVEN
def test_whoever_stops_is_given_up(server: Server) -> None:
    with connected(server) as half_head, connected(server) as half_body:
        half_head.sendall(SLOW["stop in the middle of a head"])
        half_body.sendall(SLOW["stop in the middle of a body"])

        refusal = HTTPResponse(half_body)
        refusal.begin()
        text = refusal.read()

        assert (refusal.status, b"malformed_request" in text) == (400, True)
        assert refusal.getheader("Connection") == "close"
        assert (half_head.recv(100), half_body.recv(100)) == (b"", b"")


def test_all_whose_bodies_come_later_are_answered(server: Server) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(CROWD)]
        for each in connections:
            each.sendall(POST + b"Content-Length: 2\r\nConnection: close\r\n\r\n")
        assert answered_after(server) < PROMPT

        for each in connections:
            each.sendall(b"{}")

        assert {each.recv(12) for each in connections} == {b"HTTP/1.1 422"}


def test_all_whose_next_request_begins_in_one_packet_with_the_last_are_answered(server: Server) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(CROWD)]
        for each in connections:
            each.sendall(POST + b"Content-Length: 2\r\n\r\n{}\r\nGET /liv")
        firsts = [answer_to(each) for each in connections]

        for each in connections:
            each.sendall(b"ez HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert ({*firsts}, {answer_to(each) for each in connections}) == ({422}, {200})


def answer_to(connection: socket.socket) -> int:
    """The status of the next answer, which is read to its end."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def test_a_request_in_pieces_is_answered(server: Server) -> None:
    with connected(server) as connection:
        for piece in (b"GET /li", b"vez HTTP/1.1\r\nHo", b"st: localhost\r\n", b"\r\n"):
            connection.sendall(piece)
            assert answered_after(server) < PROMPT

        assert connection.recv(15) == b"HTTP/1.1 200 OK"


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """A client with little room for answers."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(address(server))
        yield connection
