"""gunicorn's threads, kept from clients who take their time.

A connection is lent a thread when something has come. At most half of the threads wait for the rest of a request, each
for `CLIENT_SECONDS` in all, and none waits longer for its answer to be taken. The loop, which accepts for all, waits
for nobody. What stood in line for a thread for `LINE_SECONDS` is refused, so that a line never grows longer than that.

gunicorn's own worker lends a thread for 5 s before the first byte and for ever in the middle of a request or an answer,
and its loop waits 2 s for whoever does not hang up.
"""

import errno
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from selectors import EVENT_READ
from threading import Semaphore
from time import monotonic
from typing import Any

from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import TConn, ThreadWorker

CLIENT_SECONDS = 5
LINE_SECONDS = 5
LINGER_SECONDS = 2
AT_ONCE = socket.MSG_DONTWAIT  # a switch of the socket itself would be a system call more, each time
GONE = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}


class WaitedTooLong(Exception):
    """A request found no thread in time."""


class Client(socket.socket):
    """A client's connection. Whoever must wait for it does so in one of the places of `waiting`, or not at all."""

    def __init__(self, accepted: socket.socket, waiting: Semaphore) -> None:
        """Take over what was accepted."""
        super().__init__(fileno=accepted.detach())
        self._waiting = waiting
        self._latest = 0.0

    def begin(self) -> None:
        """A request begins: the rest of it may be waited for from now on."""
        self._latest = monotonic() + CLIENT_SECONDS

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """The next bytes of the request.

        Raises:
            NoMoreData: they do not come; nobody knows where the next request would begin.
        """
        try:
            return super().recv(bufsize, flags | AT_ONCE)
        except BlockingIOError:
            with self._awaited(self._latest):
                return super().recv(bufsize, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a part of the answer.

        Raises:
            NoMoreData: the client does not take it.
        """
        try:
            sent = super().send(data, flags | AT_ONCE)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            with self._awaited(monotonic() + CLIENT_SECONDS):
                super().sendall(memoryview(data)[sent:], flags)

    @contextmanager
    def _awaited(self, latest: float) -> Iterator[None]:
        left = latest - monotonic()
        if left <= 0 or not self._waiting.acquire(blocking=False):
            raise NoMoreData
        try:
            self.settimeout(left)
            yield
        except TimeoutError:
            raise NoMoreData from None
        finally:
            self.settimeout(None)
            self._waiting.release()


class Connection(TConn):
    """A connection of such a client."""

    sock: Client
    waits_since: float

    def __init__(self, worker: "PatientWorker", sock: Client, address: Any, server: Any) -> None:
        """Be accepted."""
        super().__init__(worker.cfg, sock, address, server)
        self._worker = worker

    def init(self) -> None:
        """Begin to read a request."""
        super().init()
        self.sock.begin()

    def close(self, graceful: Any = False) -> None:  # noqa: FBT002  gunicorn says it by position
        """Hang up; gracefully: let the client take the answer first (RFC 9112, section 9.6), in nobody's way."""
        if graceful:
            self._worker.linger(self)
        else:
            super().close()


class PatientWorker(ThreadWorker):
    """gunicorn's threaded worker with such connections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin without any."""
        super().__init__(*arguments, **options)
        self.lingering: deque[Connection] = deque()
        self.waiting = Semaphore(self.cfg.threads // 2)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; it is lent a thread when something has come."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in GONE:
                raise
            return
        self.nr_conns += 1
        connection = Connection(self, Client(client, self.waiting), address, listener.getsockname())
        connection.set_timeout()
        self.pending_conns.append(connection)
        self._watch(connection, self.on_pending_socket_readable)

    def enqueue_req(self, conn: Any) -> None:
        """Let the request wait in line for a thread."""
        conn.waits_since = monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request; whoever stood in line for too long is told to come back: most have gone already."""
        if monotonic() - conn.waits_since < LINE_SECONDS:
            return super().handle(conn)
        self.handle_error(None, conn.sock, conn.client, WaitedTooLong())
        return False

    def linger(self, connection: Connection) -> None:
        """Say that nothing more will be sent, and wait for the client to hang up, at most `LINGER_SECONDS`."""
        if connection.sock.fileno() < 0:
            return  # it was closed on the way
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_WR)
        connection.sock.setblocking(False)  # noqa: FBT003  the standard library's way
        connection.timeout = monotonic() + LINGER_SECONDS
        self.nr_conns += 1
        self.lingering.append(connection)
        self._watch(connection, self._drain)

    def murder_pending(self) -> None:
        """Close what came to nothing, and what lingers too long."""
        super().murder_pending()
        while self.lingering and (self.lingering[0].timeout or 0) <= monotonic():
            self._let_go(self.lingering[0])

    def _drain(self, connection: Connection, client: socket.socket) -> None:
        try:
            over = not socket.socket.recv(client, 65536)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        self.lingering.remove(connection)
        self.poller.unregister(connection.sock)
        self.nr_conns -= 1
        connection.close()

    def _watch(self, connection: Connection, readable: Any) -> None:
        self.poller.register(connection.sock, EVENT_READ, partial(readable, connection))
