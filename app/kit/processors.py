"""On which processor a worker's threads run: all on the same one, as long as they take turns at the interpreter.

Python's lock is handed on at every system call. To a thread on another processor, which sleeps, that costs more than
the system call (docs/performance.md). What works without the lock, as bcrypt does, may run anywhere.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

SLOWER = "cannot stay on one processor, which is slower"

log = structlog.get_logger()

_everywhere: set[int] = set()


def stay(processor: int) -> None:
    """Let this thread, and all that it starts, run there only."""
    try:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {processor})
    except OSError as error:
        log.warning(SLOWER, processor=processor, error=error.strerror)
    else:
        _everywhere.update(allowed)


@contextmanager
def anywhere() -> Iterator[None]:
    """Let this thread run on any processor for a while."""
    if not _everywhere:
        yield
        return
    mine = os.sched_getaffinity(0)
    _move(_everywhere)
    try:
        yield
    finally:
        _move(mine)


def _move(processors: set[int]) -> None:
    with suppress(OSError):  # where it runs is a matter of speed only
        os.sched_setaffinity(0, processors)
