"""gunicorn's threads, kept from clients who take their time.

The loop, which accepts for all, collects what comes and waits for nobody: a connection is lent a thread when a request
is there, with its body, or `COLLECTED` bytes of it. Half of the threads at most wait for more than that, or for an
answer to be taken, and no longer than `CLIENT_SECONDS`. What stood in line for a thread for `LINE_SECONDS` is refused,
so that a line never grows longer than that.

gunicorn's own worker lends a thread for 5 s before the first byte and for ever in the middle of a request or an answer,
and its loop waits 2 s for whoever does not hang up.
"""

import errno
import socket
from collections import deque
from contextlib import suppress
from functools import partial
from itertools import takewhile
from selectors import EVENT_READ
from threading import Semaphore
from time import monotonic
from typing import Any, cast

from gunicorn.workers.gthread import TConn, ThreadWorker

from serving.clients import AT_ONCE, HEAD_END, Client
from serving.threads import KEPT, OVER, Threads

LINE_SECONDS = 5
LINGER_SECONDS = 2
NOTICE_SECONDS = 1
FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # no room for one more
GONE = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}


class WaitedTooLong(Exception):
    """A request found no thread in time."""


class Connection(TConn):
    """A client's connection, as the loop has it."""

    sock: Client
    timeout: float
    waits_since: float

    def __init__(self, worker: "PatientWorker", sock: Client, address: Any, server: Any) -> None:
        """Be accepted."""
        super().__init__(worker.cfg, sock, address, server)
        self._worker = worker
        self.data_ready = True  # when it is lent a thread

    def init(self) -> None:
        """Begin to read a request."""
        super().init()
        self.sock.parser = self.parser
        self.sock.begin()

    def close(self, graceful: Any = False) -> None:  # noqa: FBT002  gunicorn says it by position
        """Hang up; gracefully: let the client take the answer first (RFC 9112, section 9.6), in nobody's way."""
        if graceful:
            self._worker.linger(self)
        else:
            self.sock.parser = None  # which knows the socket
            super().close()


class PatientWorker(ThreadWorker):
    """gunicorn's threaded worker with such connections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin without any."""
        super().__init__(*arguments, **options)
        self.lingering: deque[Connection] = deque()
        self.waiting = Semaphore(self.cfg.threads // 2)
        self._told = 0.0

    def run(self) -> None:
        """Work until told to stop. Whatever ends this ends the threads, or the process would wait for them."""
        try:
            super().run()
        finally:
            self.tpool.shutdown(wait=False)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; it is lent a thread when a request is there."""
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

    def lets_one_in(self, listener: socket.socket) -> bool:
        """Take one more of those who wait to be accepted; is there one, and room for it?"""
        before = self.nr_conns
        try:
            self.accept(listener)
        except OSError as error:
            if error.errno not in FULL:
                raise
        return bool(self.nr_conns > before)

    def notify(self) -> None:
        """Tell the master that all is well, but not more often than each second."""
        now = monotonic()
        if now - self._told >= NOTICE_SECONDS:
            self._told = now
            super().notify()

    def get_thread_pool(self) -> Any:
        """The threads that answer, as much of an executor as gunicorn asks for; none is begun yet."""
        return Threads(self.cfg.threads, self._serve)

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        """Lend a thread to the connection if a request is there; else wait for the rest of it, from its first byte."""
        if conn.sock.collect():
            super().on_pending_socket_readable(conn, client)
        elif conn.timeout != conn.sock.latest:
            self.pending_conns.remove(conn)
            self._await_rest(conn)

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """The same for a connection that was kept."""
        if conn.sock.collect():
            super().on_client_socket_readable(conn, client)
        else:
            self.keepalived_conns.remove(conn)
            self.poller.modify(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))
            self._await_rest(conn)

    def _await_rest(self, connection: Connection) -> None:
        connection.timeout = connection.sock.latest
        self.pending_conns.append(connection)

    def enqueue_req(self, conn: Any) -> None:
        """Let the request wait in line for a thread."""
        conn.waits_since = monotonic()
        self.tpool.submit(conn)

    def _serve(self, conn: Any) -> None:
        kept = False
        try:
            kept = self.handle(conn)
        except BaseException:
            self.log.exception("a request could not be answered")
        self.method_queue.defer(self.finish_request, conn, KEPT if kept else OVER)

    def handle(self, conn: Any) -> Any:
        """Answer a request; whoever stood in line for too long is told to come back: most have gone already."""
        kept = False
        if monotonic() - conn.waits_since < LINE_SECONDS:
            kept = super().handle(conn)
        else:
            self.handle_error(None, conn.sock, conn.client, WaitedTooLong())
        try:
            conn.sock.flush()
        except OSError:
            return False
        return kept

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep the connection or close it; a request that began in the packet of the last is collected further."""
        ahead = conn.parser.unreader.take_buffered() if fs is KEPT else b""
        if not ahead:
            super().finish_request(conn, fs)
        elif conn.sock.begin_with(ahead):
            self.enqueue_req(conn)
        else:
            self._watch(conn, self.on_pending_socket_readable)
            self._await_rest(conn)

    def linger(self, connection: Connection) -> None:
        """Say that nothing more will be sent, and wait for the client to hang up, at most `LINGER_SECONDS`."""
        if connection.sock.fileno() < 0:
            return  # it was closed on the way
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_WR)
        connection.timeout = monotonic() + LINGER_SECONDS
        self.nr_conns += 1
        self.lingering.append(connection)
        self._watch(connection, self._drain)

    def murder_keepalived(self, *, force: bool = False) -> None:
        """Close what was kept in vain; who was heard while this process stood still is answered, not reset."""
        now, kept = monotonic(), cast("deque[Connection]", self.keepalived_conns)
        for each in [] if force else list(takewhile(lambda one: one.timeout <= now, kept)):
            if each.sock.has_come():
                self.on_client_socket_readable(each, each.sock)
        cast("Any", super()).murder_keepalived(force=force)

    def murder_pending(self) -> None:
        """Close what came to nothing and what lingers too long; a thread sees what can be said to half a body."""
        pending = cast("deque[Connection]", self.pending_conns)
        while pending and pending[0].timeout <= monotonic():
            connection = pending.popleft()
            self.poller.unregister(connection.sock)
            if connection.sock.collect() or HEAD_END in connection.sock.collected:
                self.enqueue_req(connection)
            else:
                self.nr_conns -= 1
                connection.close()
        while self.lingering and self.lingering[0].timeout <= monotonic():
            self._let_go(self.lingering[0])

    def _drain(self, connection: Connection, client: socket.socket) -> None:
        try:
            over = not socket.socket.recv(client, 65536, AT_ONCE)
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
