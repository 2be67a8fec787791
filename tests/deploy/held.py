"""A service as systemd keeps it: its port is held by somebody else, who is told when it is ready."""

import socket
import subprocess
import sys
from pathlib import Path

from tests.live.server import DEFAULTS, STOP_SECONDS, clean_environment, command, copied_checkout, upgrade

READY_SECONDS = 60
ACTIVATED = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Held:
    """A service behind a listening socket that outlives it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        """Listen, and migrate; nobody serves yet."""
        self.root = copied_checkout(folder)
        self.complaints = folder / "complaints"
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(READY_SECONDS)
        size = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "4"}
        notify = {"NOTIFY_SOCKET": str(folder / "notify")}
        self.environment = clean_environment(DATABASE_URL=database_url, **size, **notify, **DEFAULTS)
        upgrade(self.root, self.environment)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached, also while nobody serves."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def start(self) -> None:
        """Return when the service has said that it is ready."""
        descriptor = self.listener.fileno()
        with self.complaints.open("ab") as complaints:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ACTIVATED, str(descriptor), *command("gunicorn")],
                cwd=self.root,
                env=self.environment,
                pass_fds=[descriptor],
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )
        while b"READY=1" not in self.notices.recv(4096):
            pass

    def stop(self) -> int:
        """TERM: its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Give the port up."""
        self.listener.close()
        self.notices.close()
