"""A client's connection: it collects what comes of a request, and says how long anybody is waited for."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore
from time import monotonic
from typing import Any

from gunicorn.http.errors import NoMoreData

CLIENT_SECONDS = 5
COLLECTED = 8192  # bytes; no more than gunicorn's parser takes at once, so that none are left here behind a request
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*([0-9]{1,9})[ \t]*(?:\r\n|$)", re.IGNORECASE)
BARE = re.compile(rb"(?<!\r)\n")  # a line that ends so is refused, and no head would come to its end
EXPECTATION = re.compile(rb"\r\nexpect:", re.IGNORECASE)
AT_ONCE = socket.MSG_DONTWAIT  # a switch of the socket itself would be a system call more, each time


class Client(socket.socket):
    """A client's connection. Whoever must wait for it does so in one of the places of `waiting`, or not at all."""

    def __init__(self, accepted: socket.socket, waiting: Semaphore) -> None:
        """Take over what was accepted."""
        super().__init__(fileno=accepted.detach())
        self._waiting = waiting
        self.parser: Any = None  # of gunicorn, once there is one
        self.latest = 0.0  # until when the rest of the request may be waited for
        self.collected = b""
        self._head: bytes | None = b""  # what is held back; None: nothing has been said yet

    def setblocking(self, flag: Any) -> None:
        """Change nothing: each call here knows how long it may wait, and gunicorn would switch five times a request."""

    def settimeout(self, value: float | None) -> None:
        """Change nothing."""

    def collect(self) -> bool:
        """Take what has come of a request, without waiting; is it what a thread can work with, or the end?"""
        if not self.collected:
            self.latest = monotonic() + CLIENT_SECONDS
        try:
            more = super().recv(COLLECTED - len(self.collected), AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            return True  # who reads on will see it
        self.collected += more
        return not more or is_enough(self.collected)

    def has_come(self) -> bool:
        """Is there something to be taken?"""
        try:
            return bool(super().recv(1, AT_ONCE | socket.MSG_PEEK))
        except OSError:
            return False

    def begin(self) -> None:
        """A thread reads the request."""
        self._head = None

    def begin_with(self, ahead: bytes) -> bool:
        """A request begins with what came in one packet with the one before; is it enough for a thread?"""
        self.latest = monotonic() + CLIENT_SECONDS
        self.collected = ahead
        return is_enough(ahead)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """The next bytes of the request. Before they are waited for, the client has all that was said.

        Raises:
            NoMoreData: they do not come; nobody knows where the next request would begin.
        """
        if self.collected:
            collected, self.collected = self.collected, b""
            return collected
        try:
            return super().recv(bufsize, flags | AT_ONCE)
        except BlockingIOError:
            self.flush()
            try:
                with self._awaited(self.latest):
                    return super().recv(bufsize, flags)
            except NoMoreData:
                if self.parser and self.parser.mesg:
                    self.parser.mesg.force_close()  # so that the answer says so
                raise

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send a part of the answer; the first, its head, goes with the second, or by `flush`.

        Raises:
            NoMoreData: the client does not take it.
        """
        if self._head is None:
            self._head = data
            return
        if self._head:
            data, self._head = self._head + data, b""
        self._send(data, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        """Say `100 Continue`, as gunicorn does in this way: from now on the body is waited for.

        Raises:
            NoMoreData: the client does not take it.
        """
        self.latest = monotonic() + CLIENT_SECONDS
        self._send(data, flags)
        return len(data)

    def flush(self) -> None:
        """Send what is held back.

        Raises:
            NoMoreData: the client does not take it.
        """
        if self._head:
            data, self._head = self._head, b""
            self._send(data)

    def _send(self, data: bytes, flags: int = 0) -> None:
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
            super().settimeout(left)
            yield
        except TimeoutError:
            raise NoMoreData from None
        finally:
            super().settimeout(None)
            self._waiting.release()


def is_enough(come: bytes) -> bool:
    """Is this a request that needs no waiting for, or as much of one as is collected?"""
    head, end, body = come.partition(HEAD_END)
    if not end:
        return len(come) >= COLLECTED or BARE.search(come) is not None
    length = LENGTH.search(head)
    if not length or len(body) >= int(length[1]) or len(come) >= COLLECTED:
        return True
    return EXPECTATION.search(head) is not None  # its body comes when it is asked for
