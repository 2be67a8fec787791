"""Ports on this machine."""

import atexit
import socket
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle, islice
from time import monotonic, sleep

START_SECONDS = 60
PAUSE = 0.05

PORTS, BLOCK = range(20_000, 32_000), 100
"""Below those that a system lends to calls out (Linux: 32 768 and more); a process draws from a block of its own."""


class DoesNotStart(RuntimeError):
    """A server ended, or took too long."""


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses and no other process is given; this one not within its next 99 calls.

    Raises:
        OSError: all that this process may draw from are in use.
    """
    for port in islice(_own_ports()[1], BLOCK):
        if _is_free(port):
            return port
    raise OSError(f"each of the {BLOCK} ports of this process is in use")


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
        if server.poll() is not None:
            raise DoesNotStart("it ended instead of starting")
        if monotonic() > deadline:
            raise DoesNotStart(f"it is not ready after {START_SECONDS} s")
        sleep(PAUSE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@cache
def _own_ports() -> tuple[socket.socket, Iterator[int]]:
    """A block of this process, round and round, and the claim to it: the UDP port of its first number."""
    for first in PORTS[::BLOCK]:
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", first))
        except OSError:
            claim.close()
        else:
            atexit.register(claim.close)
            return claim, cycle(range(first, first + BLOCK))
    raise OSError(f"each block of {PORTS} is claimed")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
