"""The worker, beyond what only a real server shows (tests/live)."""

from logging import getLogger
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from serving.patience import PatientWorker
from serving.threads import Threads
from tests.patience import PATIENCE


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
