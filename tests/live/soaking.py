"""Everything that people do with the service, over and over, and what it costs meanwhile."""

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from tests.cast import API, PASSWORD
from tests.live.clients import Answer, Call, send
from tests.live.people import Account, Tokens, newcomer
from tests.live.server import Server
from tests.live.stopping import PROC

KEPT_TASKS = 20


@dataclass(slots=True)
class Visitor:
    """Somebody who does what `life` says, call by call, until it is over."""

    account: Account
    counts: Counter[str] = field(default_factory=Counter)

    def work(self, over: Event) -> None:
        """Live one life after the other."""
        while not over.is_set():
            for call in self._life():
                self._ask(call)
                if over.is_set():
                    return

    def _life(self) -> Iterator[Call]:
        """A session in which tasks come and go."""
        tokens = self._signed_in()
        for number in range(KEPT_TASKS):
            task = self._ask(tokens.call("POST", "/tasks", {"title": f"Task {number}", "description": "z" * 500}))
            path = f"/tasks/{task.body.get('id')}"
            yield tokens.call("GET", "/me")
            yield tokens.call("PATCH", path, {"status": "done"})
            yield tokens.call("GET", "/tasks?limit=100&q=task")
            yield tokens.call("GET", "/me/sessions")
            yield tokens.call("DELETE", path)
            yield tokens.call("GET", "/nowhere")
        yield tokens.call("GET", "/me/export")
        yield tokens.call("PATCH", "/me", {"name": secrets.token_hex(8)})
        yield Call("POST", f"{API}/auth/password/forgot", json={"email": self.account.email})
        yield Call("POST", f"{API}/auth/email/verify", json={"token": secrets.token_urlsafe(24)})
        yield Call("POST", f"{API}/auth/token", json=self.account.credentials | {"password": "a guess"})
        yield Call("GET", "/readyz")
        yield tokens.call("DELETE", "/me/sessions")
        self._move_on()

    def _move_on(self) -> None:
        """Leave for good, and come back as somebody else."""
        farewell = self._signed_in().call("DELETE", "/me", {"password": PASSWORD})
        self._ask(farewell)
        self.account = newcomer(self.account.base_url)

    def _signed_in(self) -> Tokens:
        self.counts["sign-ins"] += 1
        return self.account.sign_in(by_cookie=bool(self.counts["sign-ins"] % 2))

    def _ask(self, call: Call) -> Answer:
        answer = send(self.account.base_url, call)
        self.counts[str(answer.status)] += 1
        return answer


@dataclass(frozen=True, slots=True)
class Weight:
    """What the workers hold at a moment: memory in KiB, open files, threads, each of the heaviest."""

    kib: int
    files: int
    threads: int


def weighed(server: Server) -> Weight:
    """What they hold now."""
    workers = [PROC / str(worker) for worker in server.workers]
    return Weight(
        kib=max(server.resident_kib(int(worker.name)) for worker in workers),
        files=max(_number(worker / "fd") for worker in workers),
        threads=max(_number(worker / "task") for worker in workers),
    )


def _number(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())
