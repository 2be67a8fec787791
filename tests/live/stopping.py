"""Processes that stand still for a while, as on a machine that has no time for them."""

import os
import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.patience import await_true

PROC = Path("/proc")


@contextmanager
def standing_still(processes: Collection[int]) -> Iterator[None]:
    """Stop these; from the moment on when each of their threads stands: one that is about to may take a connection."""
    try:
        for each in processes:
            os.kill(each, signal.SIGSTOP)
        await_true(lambda: not any(map(_moves, processes)), otherwise=lambda: f"one of {processes} does not stop")
        yield
    finally:
        for each in processes:
            os.kill(each, signal.SIGCONT)


def _moves(process: int) -> bool:
    states = []
    for thread in (PROC / f"{process}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            states.append((thread / "stat").read_text().rpartition(")")[2].split()[0])
    return set(states) != {"T"}
