"""The worker, beyond what only a real server shows (tests/live)."""

import socket
from collections.abc import Iterator
from logging import getLogger
from queue import SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from threading import Thread, current_thread
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from serving.clients import Client
from serving.patience import Connection, PatientWorker
from serving.threads import Threads
from tests.patience import PATIENCE

REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker without a loop; `tpool` keeps who was lent a thread."""
    worker: Any = PatientWorker(1, 1, [], None, 30, Config(), getLogger())
    worker.poller, worker.tpool = DefaultSelector(), SimpleNamespace(lent=[])
    worker.tpool.submit = worker.tpool.lent.append
    yield worker
    worker.poller.close()
    worker.tmp.close()


def late(worker: Any, waits_in: Any) -> tuple[Connection, socket.socket]:
    """A connection for which the time is over, where the worker has it; and its other end."""
    here, there = socket.socketpair()
    connection = Connection(worker, Client(here, worker.waiting), None, None)
    connection.timeout = 0.0
    worker.nr_conns += 1
    waits_in.append(connection)
    worker.poller.register(connection.sock, EVENT_READ)
    return connection, there


@pytest.mark.parametrize("line", ["keepalived_conns", "pending_conns"])
def test_who_was_heard_while_the_process_stood_still_is_answered(worker: Any, line: str) -> None:
    heard, their_end = late(worker, getattr(worker, line))
    silent, other_end = late(worker, getattr(worker, line))
    their_end.sendall(REQUEST)

    worker.murder_keepalived()
    worker.murder_pending()

    assert worker.tpool.lent == [heard]
    assert (heard.sock.fileno() < 0, silent.sock.fileno() < 0) == (False, True)
    for each in (heard.sock, their_end, other_end):
        each.close()


def test_its_threads_end_when_its_loop_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the interpreter would wait for them, and the master would kill the worker after half a minute only."""
    began = SimpleQueue[Thread]()
    worker: Any = PatientWorker(1, 1, [], None, 30, Config(), getLogger())
    worker.tpool = Threads(1, lambda _: began.put(current_thread()))

    def fail(self: Any) -> None:
        self.tpool.submit("work")
        raise ZeroDivisionError

    monkeypatch.setattr(ThreadWorker, "run", fail)
    with pytest.raises(ZeroDivisionError):
        worker.run()

    thread = began.get(timeout=PATIENCE)
    thread.join(PATIENCE)
    worker.tmp.close()
    assert not thread.is_alive()
