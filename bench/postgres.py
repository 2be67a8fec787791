"""A PostgreSQL of the benchmark's own, so that its CPU time can be told apart."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import processes
from bench.sockets import await_started, free_port

SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "300"}
INITDB = ("initdb", "--auth", "trust", "--encoding", "UTF8")
ROLE = "bench"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A PostgreSQL that runs with its own defaults."""

    pid: int
    port: int
    tools: Path

    @property
    def version(self) -> str:
        """What it calls itself."""
        said = subprocess.run([str(self.tools / "postgres"), "--version"], check=True, capture_output=True, text=True)
        return said.stdout.strip()

    def create(self, name: str) -> str:
        """Make a database; give its URL."""
        where = ("--host", "127.0.0.1", "--port", str(self.port), "--username", ROLE)
        subprocess.run([self.tools / "createdb", *where, name], check=True, capture_output=True)
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{name}"

    def cpu_ms(self, name: str) -> float:
        """The CPU time so far of what works for this database: its backends, and the processes that work for all."""
        mine = f"postgres: {ROLE} {name} "
        theirs = f"postgres: {ROLE} "
        shown = {pid: processes.command(pid) for pid in processes.children(self.pid)}
        return sum(
            processes.cpu_ms(pid) for pid, text in shown.items() if text.startswith(mine) or not text.startswith(theirs)
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new PostgreSQL until the block ends."""
    tools, port = _tools(), free_port()
    owner = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    with TemporaryDirectory(prefix="latchkey-bench-", ignore_cleanup_errors=True) as folder:
        if owner:
            shutil.chown(folder, owner)
        new = (*INITDB, "--username", ROLE, "--pgdata", f"{folder}/data")
        subprocess.run([tools / new[0], *new[1:]], check=True, capture_output=True, user=owner, cwd=folder)
        options = [text for name, value in SETTINGS.items() for text in ("-c", f"{name}={value}")]
        command = [str(tools / "postgres"), "-D", f"{folder}/data", "-p", str(port), *options]
        with Path(folder, "said").open("wb") as said:
            server = subprocess.Popen(command, stdout=said, stderr=said, user=owner, cwd=folder)
        try:
            _await(server, port, tools)
            yield Cluster(pid=server.pid, port=port, tools=tools)
        finally:
            server.send_signal(signal.SIGINT)  # a fast stop, whoever is connected
            server.wait()


def _await(server: subprocess.Popen[bytes], port: int, tools: Path) -> None:
    """Wait until it takes connections: it listens before that."""
    ready = [str(tools / "pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    await_started(server, lambda: subprocess.run(ready, check=False).returncode == 0)


def _tools() -> Path:
    """Where the server's own commands are: Debian keeps them off the PATH."""
    found = [Path(each).resolve().parent for each in [shutil.which("initdb")] if each]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed (apt install postgresql)")
    return found[0]
