"""What a connection collects and says, and when: with few system calls, each of which may cost a thread its turn."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Semaphore, Thread

import pytest
from gunicorn.http.errors import NoMoreData

from serving import clients
from serving.clients import COLLECTED, Client
from tests.patience import PATIENCE

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"{}"


@pytest.fixture
def ends() -> Iterator[tuple[Client, socket.socket]]:
    """A connection, at the beginning of a request: our end and the client's."""
    ours, theirs = socket.socketpair()
    client = Client(ours, Semaphore(1))
    client.collect()
    client.begin()
    theirs.settimeout(0)
    with client, theirs:
        yield client, theirs


LINE = b"POST / HTTP/1.1\r\nHost: here\r\n"
WHOLE = [
    b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
    LINE + b"Content-Length: 2\r\n\r\n{}",
    LINE + b"content-length:2\r\nAccept: */*\r\n\r\n{}GET / HTTP/1.1\r\n",
    LINE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    LINE + b"Transfer-Encoding: chunked\r\n\r\n",
    LINE + b"Content-Length: 0000000002\r\n\r\n{}",
    LINE + b"Content-Length: two\r\n\r\n",
    b"GET / HTTP/1.1\nHost: here\n\n",
    bytes(COLLECTED),
    LINE + b"Content-Length: 9000\r\n\r\n" + bytes(COLLECTED),
]
PARTS = [
    b"G",
    b"GET / HTTP/1.1\r\nHost: here\r\n\r",
    LINE + b"Content-Length: 2\r\n\r\n{",
    LINE + b"Content-Length: 0000000002\r\n\r\n{",
    LINE + b"CONTENT-LENGTH: 2 \r\nX-Length: 0\r\n\r\n",
    LINE + b"Content-Length: 9000\r\n\r\n{",
]


@pytest.mark.parametrize("come", WHOLE)
def test_what_needs_no_waiting_for_is_enough(ends: tuple[Client, socket.socket], come: bytes) -> None:
    client, theirs = ends
    theirs.sendall(come)

    assert client.collect()
    assert client.recv(COLLECTED) == come[:COLLECTED]


@pytest.mark.parametrize("come", PARTS)
def test_a_part_is_not_and_is_kept(ends: tuple[Client, socket.socket], come: bytes) -> None:
    client, theirs = ends
    theirs.sendall(come)

    assert not client.collect()
    assert not client.collect()
    theirs.close()
    assert client.collect()

    assert client.recv(COLLECTED) == come


def test_a_part_is_waited_for_from_its_first_byte_on(
    ends: tuple[Client, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, theirs = ends
    monkeypatch.setattr(clients, "CLIENT_SECONDS", 0)
    theirs.sendall(b"G")
    client.collect()
    monkeypatch.setattr(clients, "CLIENT_SECONDS", PATIENCE)

    client.begin()

    assert client.recv(COLLECTED) == b"G"
    with pytest.raises(NoMoreData):
        client.recv(COLLECTED)


def test_head_and_body_leave_together(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends

    client.sendall(HEAD)
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    client.sendall(BODY)

    assert theirs.recv(100) == HEAD + BODY


def test_what_follows_leaves_at_once(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends
    client.sendall(HEAD)
    client.sendall(BODY)
    theirs.recv(100)

    client.sendall(b"more")

    assert theirs.recv(100) == b"more"


def test_a_head_alone_leaves_when_the_answer_is_over_once(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends
    client.sendall(HEAD)

    client.flush()
    client.flush()

    assert theirs.recv(100) == HEAD


def test_before_more_is_waited_for_the_client_has_what_was_said(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends
    theirs.settimeout(PATIENCE)
    client.sendall(HEAD)
    received: list[bytes] = []
    thread = Thread(target=lambda: received.append(client.recv(100)))
    thread.start()

    seen = theirs.recv(100)
    theirs.sendall(BODY)
    thread.join()

    assert (seen, received) == (HEAD, [BODY])


def test_no_request_is_waited_for_without_end(
    ends: tuple[Client, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _theirs = ends
    monkeypatch.setattr(clients, "CLIENT_SECONDS", 0.05)
    client.collect()

    client.settimeout(None)
    client.setblocking(flag=True)
    with pytest.raises(NoMoreData):
        client.recv(100)
    with pytest.raises(NoMoreData):
        client.recv(100)


def test_a_body_that_is_asked_for_is_waited_for_from_then_on(
    ends: tuple[Client, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, theirs = ends
    monkeypatch.setattr(clients, "CLIENT_SECONDS", 0)
    client.collect()
    monkeypatch.setattr(clients, "CLIENT_SECONDS", PATIENCE)

    client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    theirs.sendall(BODY)

    assert client.recv(100) == BODY


def test_what_came_with_the_request_before_is_collected_further(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends

    assert not client.begin_with(b"\r\nGET / HTTP/1.1\r\n")
    theirs.sendall(b"\r\n")

    assert client.collect()
    assert client.recv(COLLECTED) == b"\r\nGET / HTTP/1.1\r\n\r\n"
    assert client.begin_with(bytes(COLLECTED))


def test_an_answer_that_nobody_takes_is_given_up(
    ends: tuple[Client, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _theirs = ends
    monkeypatch.setattr(clients, "CLIENT_SECONDS", 0.05)
    client.sendall(HEAD)

    with pytest.raises(NoMoreData):
        client.sendall(bytes(50_000_000))


def test_who_takes_nothing_is_not_told_to_go_on_without_end(ends: tuple[Client, socket.socket]) -> None:
    client, _theirs = ends
    with suppress(BlockingIOError):
        while True:
            socket.socket.send(client, bytes(65_536), socket.MSG_DONTWAIT)

    with client._waiting, pytest.raises(NoMoreData):
        client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
