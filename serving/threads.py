"""The threads of a worker: gunicorn's pool without futures, each of which is a lock and a condition for one request."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any


def _outcome(*, kept: bool) -> Future[bool]:
    future: Future[bool] = Future()
    future.set_result(kept)
    return future


KEPT, OVER = _outcome(kept=True), _outcome(kept=False)  # what gunicorn's loop is told of a connection: two for all


class Threads:
    """Up to `number` threads, which do `work` with whatever waits in line, one each at a time."""

    def __init__(self, number: int, work: Callable[[Any], None]) -> None:
        """Begin none: each begins with one of the first that come, where who brings it runs."""
        self._number = number
        self._work = work
        self._line: SimpleQueue[Any] = SimpleQueue()
        self.begun = 0

    def submit(self, what: Any) -> None:
        """Let it wait in line; said by one thread only."""
        self._line.put(what)
        if self.begun < self._number:
            self.begun += 1
            Thread(target=self._run, name=f"requests-{self.begun}").start()

    def shutdown(self, *, wait: bool) -> None:
        """Let the threads end with what is in line now; nobody waits for them here, the interpreter's end does."""
        del wait
        for _ in range(self.begun):
            self._line.put(None)

    def _run(self) -> None:
        while (what := self._line.get()) is not None:
            self._work(what)
