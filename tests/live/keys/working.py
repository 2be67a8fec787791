"""Clients that work without a pause and refresh as ordinary clients do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import cycle
from threading import Event

from tests.live.clients import SECONDS, Answer, Call, send
from tests.live.people import Account, Tokens, tokens_of

WORK = cycle([("GET", "/me", None), ("GET", "/me", None), ("PATCH", "/me", {"name": "Ada"})])
PACE = 0.05  # seconds between two requests of one client: the operator's commands need the processor too


@dataclass(slots=True)
class Client:
    """One session at work. Told to refresh, it refreshes once and repeats; whatever else goes wrong is a failure."""

    account: Account
    tokens: Tokens
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    working: Event = field(default_factory=Event)

    def work(self, over: Event) -> None:
        """Ask again and again until it is over, and once more."""
        while not over.wait(PACE):
            self._ask()
            self.working.set()
        self._ask()

    def _ask(self) -> None:
        method, path, body = next(WORK)
        try:
            answer = self._send(self.tokens.call(method, path, body))
            if answer.body.get("action") == "refresh":
                self.counts[answer.outcome] += 1
                self._refresh()
                answer = self._send(self.tokens.call(method, path, body))
            if self._is_dead_on_arrival(answer):
                self._refresh()
                answer = self._send(self.tokens.call(method, path, body))
        except (OSError, HTTPException, AssertionError) as failure:
            self.failures.append(repr(failure))
            return
        if answer.status != 200:
            self.failures.append(answer.outcome)

    def _is_dead_on_arrival(self, answer: Answer) -> bool:
        """Whether a key was withdrawn between the refresh and the repetition: a moment that no server can close."""
        dead = answer.outcome == "401 token_invalid"
        self.counts["withdrawn on the way"] += dead
        return dead

    def _refresh(self) -> None:
        self.tokens = tokens_of(self._send(self.tokens.by_refresh("/auth/refresh")))
        self.counts["refreshes"] += 1

    def _send(self, call: Call) -> Answer:
        self.counts["requests"] += 1
        return send(self.account.base_url, call)


@contextmanager
def at_work(clients: Sequence[Client]) -> Iterator[None]:
    """Let all of them work until the block ends; it begins when each was answered once."""
    over = Event()
    with ThreadPoolExecutor(len(clients)) as threads:
        workers = [threads.submit(client.work, over) for client in clients]
        try:
            assert all(client.working.wait(SECONDS) for client in clients)
            yield
        finally:
            over.set()
    for worker in workers:
        worker.result()
