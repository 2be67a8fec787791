"""A port that was given is nobody else's, although nobody listens on it yet."""

import subprocess
import sys

from bench.sockets import BLOCK, free_port

PRINT = f"from bench.sockets import free_port; print(*(free_port() for _ in range({2 * BLOCK})))"


def test_two_ports_are_never_the_same() -> None:
    free = free_port()

    assert free not in [free_port() for _ in range(BLOCK // 2)]


def test_another_process_is_given_none_of_ours() -> None:
    ours = {free_port() for _ in range(BLOCK)}

    theirs = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True).stdout

    assert ours.isdisjoint(map(int, theirs.split()))
