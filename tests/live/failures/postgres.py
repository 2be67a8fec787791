"""A PostgreSQL of the test's own, which it may stop, kill, silence and start again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import psycopg

from bench.sockets import free_port
from tests.postgres_server import programs

START_SECONDS = 60
PROC = Path("/proc")
QUICK = ("-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB")
OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"


class PostgresServer:
    """A postgres process on a port of 127.0.0.1, and its children."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Take a port; nobody listens there until `start`."""
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self._programs, self._data = programs, folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make an empty cluster."""
        made = ("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        assert self._begin(*made).wait(START_SECONDS) == 0

    def start(self) -> None:
        """Begin, with what was kept; come back when it answers."""
        where = ("-p", str(self.port), "-k", "", "-c", "listen_addresses=127.0.0.1")
        self._process = self._begin("postgres", "-D", str(self._data), *where, *QUICK)
        deadline = monotonic() + START_SECONDS
        while not self._answers():
            assert monotonic() < deadline, "postgres does not answer"
            sleep(0.05)

    def stop(self) -> None:
        """End at once, as by a loss of power."""
        self._end(signal.SIGQUIT)

    def fall_silent(self) -> None:
        """Take connections, and answer none."""
        for each in self._family:
            os.kill(each, signal.SIGSTOP)

    def speak(self) -> None:
        """Go on."""
        for each in self._family:
            os.kill(each, signal.SIGCONT)

    def hang_up(self) -> None:
        """End every connection."""
        with psycopg.connect(self._plain_url, autocommit=True) as admin:
            admin.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}".encode())

    def connections(self) -> int:
        """How many connections others have."""
        with psycopg.connect(self._plain_url, autocommit=True) as admin:
            (number,) = admin.execute(f"SELECT count(*) {OTHERS}".encode()).fetchone() or (0,)
            return int(number)

    @property
    def _plain_url(self) -> str:
        return self.url.replace("+psycopg", "")

    @property
    def _family(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        return [pid, *(int(each) for each in (PROC / f"{pid}/task/{pid}/children").read_text().split())]

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self.speak()
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self._plain_url, connect_timeout=2).close()
            return True
        return False

    def _begin(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program; it refuses to run as root."""
        other: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )
        command = [str(self._programs / program), *arguments]
        return subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **other)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that runs until the block ends."""
    with TemporaryDirectory(prefix="latchkey-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = PostgresServer(programs(), Path(folder))
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()
