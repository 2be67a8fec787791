"""People who work all the time: what each asked, and what was not answered as it should be."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event

from tests.cast import API
from tests.deploy.nginx import Proxy
from tests.deploy.visiting import Visitor
from tests.live.clients import Answer

TASK = {"title": "Keep the lamp lit"}
ROUND = 8  # requests before the tokens are renewed


@dataclass(slots=True)
class Worker:
    """Somebody in a browser who adds, reads, changes and deletes tasks, and renews the session."""

    visitor: Visitor
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def work(self, over: Event) -> None:
        """Go on until it is over."""
        while not over.is_set():
            for _ in range(ROUND):
                self._do("GET", "/me", expected=200)
                task = self._do("POST", "/tasks", TASK, expected=201)
                where = f"/tasks/{task.body.get('id')}" if task else "/tasks"
                self._do("PATCH", where, {"status": "done"}, expected=200)
                self._do("GET", "/tasks?limit=5", expected=200)
                self._do("DELETE", where, expected=204)
            self._do("POST", "/auth/refresh", expected=200)

    def _do(self, method: str, path: str, body: dict[str, str] | None = None, *, expected: int) -> Answer | None:
        kind = f"{method} {path.partition('?')[0].split('/')[1]}"
        self.counts[kind] += 1
        try:
            answer = self.visitor.ask(method, API + path, body)
        except (OSError, HTTPException) as failure:
            self.failures.append(f"{kind}: {failure!r}")
            self.visitor.close()
            return None
        if answer.status != expected:
            self.failures.append(f"{kind}: {answer.outcome}")
        return answer


@contextmanager
def at_work(proxy: Proxy, number: int) -> Iterator[list[Worker]]:
    """So many people at work, each at an address of their own, until the block ends."""
    over = Event()
    workers = [Worker(Visitor(proxy, f"127.0.2.{each}")) for each in range(1, number + 1)]
    for each, worker in enumerate(workers):
        worker.visitor.sign_up(f"worker{each}-{proxy.port}@example.com")
    with ThreadPoolExecutor(number) as threads:
        working = [threads.submit(worker.work, over) for worker in workers]
        try:
            yield workers
        finally:
            over.set()
    for done, worker in zip(working, workers, strict=True):
        with closing(worker.visitor):
            done.result()
