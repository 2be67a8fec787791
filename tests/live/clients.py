"""Real clients: each call on a connection of its own, many in the same instant. Standard library only: it is quick."""

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import repeat
from threading import Barrier
from time import monotonic
from typing import Any

from tests.counts import count

SECONDS = count(30, 60, 120)  # the big counts outlive a busy machine
BUSY = "503 unavailable"
PROCESSES = count(2, 4, 4)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be sent; `json` becomes its body."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to a call. It `began` before its connection was opened, and `ended` when all was read."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...]
    began: float
    ended: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began

    @property
    def outcome(self) -> str:
        """The status, the problem's code and the reason for the session's end, as far as they are there."""
        return " ".join(str(each) for each in (self.status, self.body.get("code"), self.body.get("reason")) if each)


def send(base_url: str, call: Call, together: Barrier | None = None) -> Answer:
    """Open a connection, wait for the others if there are any, send the call and read its answer."""
    began = monotonic()
    connection = HTTPConnection(base_url.removeprefix("http://"), timeout=SECONDS)
    try:
        connection.connect()
        if together:
            together.wait(SECONDS)
        body = None if call.json is None else json.dumps(call.json)
        kind = {"Content-Type": "application/json"} if body else {}
        connection.request(call.method, call.path, body=body, headers={"Connection": "close", **kind, **call.headers})
        answer = connection.getresponse()
        content = answer.read()
        return Answer(answer.status, json.loads(content) if content else {}, tuple(answer.getheaders()), began)
    finally:
        connection.close()


def at_once(base_url: str, calls: Sequence[Call]) -> list[Answer]:
    """The answers to all calls, which leave in the same instant, each on a connection opened before."""
    together = Barrier(len(calls))
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(lambda call: send(base_url, call, together), calls))


def admitted(base_url: str, calls: Sequence[Call]) -> list[Answer]:
    """The same, but who is told that there is no place, at a door that hashes or in line for SQLite, comes again."""
    deadline, answers = monotonic() + SECONDS, at_once(base_url, calls)
    while again := [number for number, answer in enumerate(answers) if answer.outcome == BUSY]:
        assert monotonic() < deadline, f"{len(again)} find no place"
        for number, answer in zip(again, at_once(base_url, [calls[each] for each in again]), strict=True):
            answers[number] = answer
    return answers


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients in several processes."""

    processes: ProcessPoolExecutor

    def send(self, base_url: str, calls: Sequence[Call]) -> list[Answer]:
        """The answers to all calls; each process sends its share of them at once."""
        shares = [calls[first::PROCESSES] for first in range(PROCESSES)]
        return [answer for share in self.processes.map(at_once, repeat(base_url), shares) for answer in share]
