"""The real server: gunicorn under the project's gunicorn.conf.py, in a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from bench.sockets import free_port
from tests.live.clients import BUSY, Answer, Call, send
from tests.live.stopping import PROC, standing_still
from tests.patience import PATIENCE, PAUSE

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = ("config.py", "environment.py", "safety.py", "wsgi.py", "gunicorn.conf.py")
FOLDERS = ("app", "migrations", "serving")
BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*")
DEFAULTS = {
    "APP_ENV": "development",
    "SECRET_KEY": "the-live-servers-secret-0123456789-abcdefghijklm",
    "BCRYPT_ROUNDS": "4",
    "RATE_LIMITS": "off",
}
START_SECONDS = 2 * PATIENCE
STOP_SECONDS = 30 + PATIENCE  # gunicorn grants 30 to requests in flight
ASKED_AGAIN = 5
LIFE = Call("GET", "/livez")
COMPLAINTS = ("Traceback", '"level": "error", "event": "', '"level": "critical"')


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: `process` is gunicorn's master, `root` the copy of the checkout that it serves."""

    base_url: str
    process: subprocess.Popen[bytes]
    root: Path

    @property
    def said(self) -> str:
        """What it has printed, on either stream."""
        return (self.root / "said").read_text(encoding="utf-8", errors="replace")

    @property
    def kept_secret(self) -> Path:
        """Where it keeps the secret that it made for itself."""
        return self.root / "instance" / "secret_key"

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers, in ascending order."""
        if not PROC.is_dir():
            pytest.skip("a server's workers are found in /proc")
        pid = self.process.pid
        return sorted(int(each) for each in (PROC / f"{pid}/task/{pid}/children").read_text().split())

    def resident_kib(self, worker: int) -> int:
        """How much of the worker's memory is in RAM, in KiB."""
        lines = (PROC / f"{worker}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def ask_each_worker(self, call: Call) -> list[Answer]:
        """The answer of every worker: while one is asked, the others stand still.

        One that was stopped in the middle of a write holds SQLite's lock: then all go on until the call, too, has got
        it, and the worker is asked again.
        """
        return [self._ask_again(call, others=set(self.workers) - {worker}) for worker in self.workers]

    def _ask_again(self, call: Call, *, others: set[int]) -> Answer:
        for _ in range(ASKED_AGAIN):
            answer = self._ask(call, others=others)
            if answer.outcome != BUSY:
                return answer
            send(self.base_url, call)
        return self._ask(call, others=others)

    def _ask(self, call: Call, *, others: set[int]) -> Answer:
        with standing_still(others):
            return send(self.base_url, call)


@contextmanager
def serve(
    database_url: str, *, workers: int = 4, threads: int = 8, migrate: bool = True, forgiven: str = "", **settings: str
) -> Iterator[Server]:
    """Migrate the database and serve it on PORT or a free port until the block ends; a setting of "" counts as unset.

    It may not complain, but in lines that match what is `forgiven`.
    """
    with TemporaryDirectory(prefix="latchkey-live-") as folder:
        root, port = copied_checkout(Path(folder)), int(settings.pop("PORT", "0")) or free_port()
        size = {"WEB_CONCURRENCY": str(workers), "WEB_THREADS": str(threads)}
        environment = clean_environment(DATABASE_URL=database_url, PORT=str(port), **size, **(DEFAULTS | settings))
        if migrate:
            upgrade(root, environment)
        with (root / "said").open("wb") as said:
            process = subprocess.Popen(
                command("gunicorn"), cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        server = Server(f"http://127.0.0.1:{port}", process, root)
        try:
            _await_workers(server, workers)
            yield server
        finally:
            _end(server)
        lines = [line for line in server.said.splitlines() if not (forgiven and re.search(forgiven, line))]
        complaints = [line for line in lines if any(word in line for word in COMPLAINTS)]
        assert not complaints, server.said


def copied_checkout(folder: Path) -> Path:
    """What is served of this checkout, copied into the folder: without .env, with an instance/ of its own."""
    for name in FILES:
        shutil.copy2(CHECKOUT / name, folder)
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, folder / name, ignore=BEING_WRITTEN)
    return folder


def clean_environment(**settings: str) -> dict[str, str]:
    """These settings, and nothing of ours but PATH and HOME."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {name: value for name, value in settings.items() if value}


def command(name: str, *arguments: str) -> list[str]:
    """A command of the virtual environment that runs the tests."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


def run(root: Path, environment: dict[str, str], name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command there to its end, without input."""
    return subprocess.run(
        command(name, *arguments),
        cwd=root,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=START_SECONDS,
    )


def upgrade(root: Path, environment: dict[str, str]) -> None:
    """Migrate the database."""
    done = run(root, environment, "flask", "db", "upgrade")
    assert done.returncode == 0, done.stderr


def _await_workers(server: Server, workers: int) -> None:
    """Wait until each worker answers; fail with what the server said if it ends or takes too long."""
    deadline = monotonic() + START_SECONDS
    while not _serves(server, workers):
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the server ended with {server.process.wait(PAUSE)}:\n{server.said}")
        if monotonic() > deadline:
            pytest.fail(f"the server is not ready after {START_SECONDS} s:\n{server.said}")
    if PROC.is_dir():
        assert {answer.status for answer in server.ask_each_worker(LIFE)} == {200}


def _serves(server: Server, workers: int) -> bool:
    try:
        answer = send(server.base_url, LIFE)
    except (OSError, HTTPException):
        return False
    return answer.status == 200 and (not PROC.is_dir() or len(server.workers) == workers)


def _end(server: Server) -> None:
    """TERM, and KILL where that does not help."""
    server.process.terminate()
    try:
        server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        pytest.fail(f"the server did not end within {STOP_SECONDS} s:\n{server.said}")
