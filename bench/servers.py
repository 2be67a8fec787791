"""Contenders at work: built, filled, served and checked."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import builds, processes
from bench.contenders import ROOT, Contender
from bench.postgres import Cluster
from bench.sockets import await_port, free_port

STOP_SECONDS, FILL_SECONDS = 40, 600
LOGS = builds.BUILD / "logs"  # of the last run
PASSWORD = "nine paper boats at sea"  # noqa: S105  everybody's here
SECRET_KEY = "of-the-benchmark-alone-9f4c1e7b2a6d8035-KQvZ"  # noqa: S105  the same
KEPT = ("PATH", "HOME", "LANG")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is in the database before the load begins."""

    users: int
    tasks: int = 20
    readers: int = 256
    sessions: int
    blocked: int = 0


@dataclass(kw_only=True)
class Server:
    """A contender that serves."""

    contender: Contender
    port: int
    process: subprocess.Popen[bytes]
    cluster: Cluster | None
    size: Size
    readers: list[str]
    sessions: deque[str]

    def cpu_ms(self) -> tuple[float, float]:
        """The CPU time so far: of every process of the server, and of its share of PostgreSQL."""
        own = sum(map(processes.cpu_ms, processes.family(self.process.pid)))
        return own, self.cluster.cpu_ms(self.contender.name) if self.cluster else 0.0

    def memory_mib(self) -> tuple[float, float]:
        """RSS and PSS of the largest worker."""
        return max(map(processes.memory_mib, processes.family(self.process.pid)[1:]), default=(0.0, 0.0))

    def take(self, count: int) -> list[str]:
        """The tokens of so many sessions that nobody has used yet, or of as many as are left."""
        return [self.sessions.popleft() for _ in range(min(count, len(self.sessions)))]


@contextmanager
def served(contender: Contender, size: Size, folder: Path, cluster: Cluster | None) -> Iterator[Server]:
    """Fill a database and serve it until the block ends; without a cluster it is SQLite, in the folder."""
    ports = {"port": str(free_port()), "second_port": str(free_port())}
    build = builds.BUILD / contender.build
    names = {"build": str(build), "bin": str(build / "bin"), **ports}
    environment = environment_of(contender, folder, cluster, names)
    sessions = filled(contender, size, environment, names)
    serve = [each.format_map(names) for each in contender.serve]
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{contender.name}-{'postgresql' if cluster else 'sqlite'}.log").open("wb") as said:
        process = subprocess.Popen(
            serve, cwd=contender.folder, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL
        )
    server = Server(
        contender=contender,
        port=int(ports["port"]),
        process=process,
        cluster=cluster,
        size=size,
        readers=sessions[: size.readers],
        sessions=deque(sessions[size.readers :]),
    )
    try:
        await_port(server.port, process)
        yield server
    finally:
        _end(process)


def environment_of(
    contender: Contender, folder: Path, cluster: Cluster | None, names: dict[str, str]
) -> dict[str, str]:
    """What its commands find in their environment: its settings, with a new database."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    settings = {name: text.format_map(names) for name, text in contender.settings.items()}
    url = f"sqlite:///{folder}/{contender.name}.db"
    if cluster:
        url = cluster.create(contender.name).replace("postgresql:", contender.scheme)
    ours = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    return kept | settings | ours


def filled(contender: Contender, size: Size, environment: dict[str, str], names: dict[str, str]) -> list[str]:
    """The tokens of every session, a line for each."""
    if not contender.fill:
        return ["none none"] * (size.readers + size.sessions)
    for before in contender.before:
        subprocess.run(
            [each.format_map(names) for each in before],
            cwd=contender.folder,
            env=environment,
            check=True,
            timeout=FILL_SECONDS,
        )
    counts = [str(each) for each in (size.users, size.tasks, size.readers + size.sessions)]
    counts += [str(size.blocked)] if size.blocked else []
    command = [*(each.format_map(names) for each in contender.fill), *counts]
    done = subprocess.run(
        command,
        cwd=contender.folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=FILL_SECONDS,
    )
    return done.stdout.splitlines()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for each in reversed(processes.family(process.pid)):
            os.kill(each, signal.SIGKILL)
        process.wait()
