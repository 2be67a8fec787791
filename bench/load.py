"""The load: wrk for everything that is quick, threads of our own for logins."""

import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.checks import ask, succeeded
from bench.contenders import THREADS
from bench.servers import PASSWORD, Server
from bench.works import Work

LUA = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 16
GRACE_SECONDS = 30
# As many as one worker admits, so that none is refused wherever they land.
LOGIN_CONNECTIONS = THREADS // 2


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a load saw; `void` says why it does not count."""

    requests: int
    seconds: float
    cpu_ms: float
    database_ms: float = 0.0  # of it
    p50_ms: float
    p99_ms: float
    void: str = ""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_ms_each(self) -> float:
        """CPU time of a request."""
        return self.cpu_ms / max(1, self.requests)

    @property
    def database_ms_each(self) -> float:
        """What of it is PostgreSQL's."""
        return self.database_ms / max(1, self.requests)


def put(server: Server, work: Work, sessions: Sequence[str], *, seconds: int) -> Figures:
    """Load the server with one kind of work for so long; what it cost is on the server's side alone."""
    own, database = server.cpu_ms()
    seen = _log_in(server, seconds) if work is Work.LOGIN else _wrk(server, work, sessions, seconds)
    own, database = (after - before for after, before in zip(server.cpu_ms(), (own, database), strict=True))
    void = _void(seen.pop("refused"), seen.pop("broken"), seen["requests"])
    return Figures(**seen, cpu_ms=own + database, database_ms=database, void=void)


def _void(refused: int, broken: int, requests: int) -> str:
    if refused or broken:
        return f"{refused} refused, {broken} broken of {requests}"
    return "" if requests else "nothing was answered"


def _wrk(server: Server, work: Work, sessions: Sequence[str], seconds: int) -> dict[str, Any]:
    calls = server.contender.calls
    call = calls.of(work)
    spoken = {
        "method": call.method,
        "path": call.path,
        "headers": call.headers(),
        "body": call.body or None,
        "mode": work.mode,
        "access": calls.access_name,
        "refresh": calls.refresh_name,
    }
    with TemporaryDirectory(prefix="latchkey-bench-") as folder:
        call_file, tokens = Path(folder) / "call.lua", Path(folder) / "tokens"
        call_file.write_text(f"return {_lua(spoken)}\n", encoding="utf-8")
        tokens.write_text("\n".join(sessions) + "\n", encoding="utf-8")
        url = f"http://127.0.0.1:{server.port}"
        command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(LUA), url)
        limit = seconds + GRACE_SECONDS
        done = subprocess.run(
            [*command, "--", call_file, tokens], check=True, capture_output=True, text=True, timeout=limit
        )
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def _lua(value: object) -> str:
    """A value as Lua writes it; JSON's texts are Lua's as long as they are ASCII."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{json.dumps(name)}] = {_lua(each)}" for name, each in value.items()) + "}"
    return "nil" if value is None else json.dumps(value)


def _log_in(server: Server, seconds: int) -> dict[str, Any]:
    """Log in on every connection again and again; each that has begun is waited for.

    wrk forgets what is under way when its time is up: with a third of a second for each, that would be a tenth of all.
    """
    began = perf_counter()

    def repeat(connection: int) -> list[tuple[int, float, float]]:
        done: list[tuple[int, float, float]] = []
        while (asked := perf_counter()) - began < seconds:
            person = (connection + len(done) * LOGIN_CONNECTIONS) % server.size.users + 1
            call = server.contender.calls.login.filled(email=f"user{person}@example.com", password=PASSWORD)
            status, _ = ask(server.port, call)
            done.append((status, asked, perf_counter()))
        return done

    with ThreadPoolExecutor(LOGIN_CONNECTIONS) as threads:
        answers = [each for part in threads.map(repeat, range(LOGIN_CONNECTIONS)) for each in part]
    took = sorted(1000 * (answered - asked) for _, asked, answered in answers)
    return {
        "requests": len(answers),
        "seconds": max(answered for _, _, answered in answers) - began,
        "refused": sum(not succeeded(status) for status, _, _ in answers),
        "broken": 0,
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[len(took) * 99 // 100],
    }
