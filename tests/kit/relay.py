"""A network between the application and PostgreSQL that can be cut and fall silent."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

from bench.sockets import free_port
from tests.patience import PATIENCE
from tests.services import POSTGRES


class Relay:
    """Hands bytes on in both directions, while it is up and while it speaks."""

    def __init__(self) -> None:
        """Take a port; nobody listens there until `up`."""
        self.port = free_port()
        self.silent = Event()
        self._speaking = [Event()]
        self._speaking[-1].set()
        self._listener: socket.socket | None = None
        self._sockets: list[socket.socket] = []
        self._threads: list[Thread] = []

    def fall_silent(self, *_: object) -> None:
        """Take bytes, and hand none on; may be set to listen to an event."""
        self._speaking[-1].clear()
        self.silent.set()

    def forget(self) -> None:
        """Stay silent on every connection there is, and speak on new ones: as a firewall that was started anew."""
        self._speaking.append(Event())
        self._speaking[-1].set()

    def up(self) -> None:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._start(self._accept, self._listener)

    def down(self) -> None:
        """Hang up, and refuse whoever comes."""
        for speaking in self._speaking:
            speaking.set()
        for each in [*self._sockets, *([self._listener] if self._listener else [])]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._sockets, self._threads, self._listener = [], [], None

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        parts = urlsplit(POSTGRES)
        with suppress(OSError):
            while True:
                here = listener.accept()[0]
                there = socket.create_connection((parts.hostname, parts.port))
                self._sockets += [here, there]
                self._start(self._pump, here, there, self._speaking[-1])
                self._start(self._pump, there, here, self._speaking[-1])

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, speaking: Event) -> None:
        with suppress(OSError):
            while some := source.recv(65536):
                speaking.wait()
                target.sendall(some)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay() -> Iterator[Relay]:
    """A relay that is up, until the block ends."""
    made = Relay()
    made.up()
    try:
        yield made
    finally:
        made.down()
