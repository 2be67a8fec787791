"""Bytes over a socket, as no well-behaved client sends them."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.patience import PATIENCE

HEAD_ENDS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and whatever came after it before the server closed the connection."""

    status: int
    headers: dict[str, str]
    text: str
    rest: bytes


def talk(base_url: str, sent: bytes, *, hang_up: bool = False) -> Reply:
    """Send the bytes, perhaps hang up halfway, and read until the server closes the connection.

    Raises:
        TimeoutError: it does not.
    """
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE) as connection:
        with suppress(OSError):  # it may have answered, and gone, before it had all
            connection.sendall(sent)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        return _reply(_all(connection))


def _all(connection: socket.socket) -> bytes:
    received = bytearray()
    try:
        while some := connection.recv(65536):
            received += some
    except ConnectionResetError:  # closed while bytes of ours were still unread
        pass
    return bytes(received)


def _reply(received: bytes) -> Reply:
    head, _, rest = received.partition(HEAD_ENDS)
    first, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    length = int(headers.get("Content-Length", 0))
    return Reply(int(first.split()[1]), headers, rest[:length].decode(), rest[length:])
