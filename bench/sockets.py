"""Ports on this machine."""

import socket
import subprocess
from time import monotonic, sleep

START_SECONDS = 60


class DoesNotStart(RuntimeError):
    """A server ended, or took too long."""


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens.

    Raises:
        DoesNotStart: it ended, or took too long.
    """
    deadline = monotonic() + START_SECONDS
    while socket.socket().connect_ex(("127.0.0.1", port)):
        if server.poll() is not None or monotonic() > deadline:
            raise DoesNotStart(f"{server.args!r} does not listen on {port}")
        sleep(0.05)
