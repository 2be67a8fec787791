"""Ports on this machine."""

import socket
import subprocess
from collections.abc import Callable
from time import monotonic, sleep

START_SECONDS = 60
PAUSE = 0.05


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
    await_started(server, lambda: _listens(port))


def await_started(server: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> None:
    """Wait until the server is ready: a foreign program tells nobody, so it is asked again and again.

    Raises:
        DoesNotStart: it ended, or took too long.
    """
    deadline = monotonic() + START_SECONDS
    while not is_ready():
        if server.poll() is not None or monotonic() > deadline:
            raise DoesNotStart(f"{server.args!r} does not start")
        sleep(PAUSE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
