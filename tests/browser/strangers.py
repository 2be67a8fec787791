"""Other origins, and a bad network between the browser and the server."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, says nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name for it
        """Say nothing."""


@dataclass(frozen=True)
class Host:
    """An origin that serves a folder."""

    url: str
    folder: Path

    def put(self, name: str, text: str) -> None:
        """Serve this under that name."""
        (self.folder / name).write_text(text)


@contextmanager
def hosted(folder: Path, *, port: int) -> Iterator[Host]:
    """Serve the folder until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield Host(f"http://localhost:{port}", folder)
        server.shutdown()


class BadNetwork:
    """Hands every request on and loses some answers: the server has done its work, the browser hears nothing."""

    def __init__(self, target: str) -> None:
        """Stand in front of the server at this address."""
        self.port = int(target.rpartition(":")[2])
        self.lose_after: bytes = b""
        self.to_lose = 0
        self.lost = 0
        self.hangs = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = [self._listener]
        Thread(target=self._accept, daemon=True).start()

    def lose(self, times: int, *, after: str, hangs: bool = False) -> None:
        """Lose the next so many answers to requests that begin so: hang up, or say nothing for ever."""
        self.lose_after, self.to_lose, self.lost, self.hangs = after.encode(), times, 0, hangs

    def close(self) -> None:
        """Hang up."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here = self._listener.accept()[0]
                there = socket.create_connection(("127.0.0.1", self.port))
                self._open += [here, there]
                Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        """One request after the other, as browsers ask on a connection."""
        asked = bytearray()
        back = Thread(target=self._answer, args=(there, here, asked), daemon=True)
        back.start()
        with suppress(OSError):
            while some := here.recv(65536):
                if b" HTTP/1.1\r\n" in some:  # a body may come by itself
                    asked[:] = some
                # On a connection used before Chromium would ask again by itself, also for a POST.
                there.sendall(some.replace(b"Connection: keep-alive", b"Connection: close"))
        with suppress(OSError):
            there.shutdown(socket.SHUT_RDWR)

    def _answer(self, there: socket.socket, here: socket.socket, asked: bytearray) -> None:
        with suppress(OSError):
            while some := there.recv(65536):
                if self.to_lose and asked.startswith(self.lose_after):
                    self.to_lose, self.lost = self.to_lose - 1, self.lost + 1
                    if self.hangs:
                        return
                    break
                here.sendall(some)
        with suppress(OSError):
            here.shutdown(socket.SHUT_RDWR)


@contextmanager
def bad_network(target: str) -> Iterator[BadNetwork]:
    """A bad network in front of the server, until the block ends."""
    network = BadNetwork(target)
    try:
        yield network
    finally:
        network.close()
