"""The standard streams, as what never holds a request up: whoever reads them may be gone, or stand still.

Lines that nobody takes within a second are lost, and counted. A thread that writes into a full pipe would wait for its
reader for ever, and soon all of them.
"""

import sys
from contextlib import suppress
from os import fstat
from select import POLLOUT, poll
from stat import S_ISREG
from threading import Lock
from typing import TextIO

from app.kit.metrics import Counter

PATIENCE = 1.0  # seconds, for a reader that is busy; none is left for one that stood still until it reads again
LOST = Counter("log_lines_lost", "Log lines that nobody took", "stream", known=[("stdout",), ("stderr",)])


class Lines:
    """One of the two streams, a line at a time."""

    def __init__(self, name: str) -> None:
        """Write nothing yet; the stream is looked for when something is written."""
        self._name, self._turn, self._patience = name, Lock(), PATIENCE
        self._seen: TextIO | None = None
        self._waits = True

    def write(self, line: str) -> None:
        """Write the line, or lose it."""
        if not (self._turn.acquire(timeout=self._patience) and self._written(line)):
            self._patience = 0
            LOST.count(self._name)

    def _written(self, line: str) -> bool:
        """Whether it was written; the turn is over then."""
        try:
            stream: TextIO = getattr(sys, self._name)
            if not self._is_taken(stream):
                return False
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            return False
        else:
            self._patience = PATIENCE
            return True
        finally:
            self._turn.release()

    def _is_taken(self, stream: TextIO) -> bool:
        """Whether the stream takes something by now; a file does, and what is none of the system's."""
        if stream is not self._seen:
            self._seen, self._waits = stream, _may_wait(stream)
        if not self._waits:
            return True
        with suppress(OSError, ValueError, AttributeError):
            asked = poll()
            asked.register(stream.fileno(), POLLOUT)
            return bool(asked.poll(self._patience * 1000))
        return True


def _may_wait(stream: TextIO) -> bool:
    """Whether to write into it may mean to wait for a reader."""
    try:
        return not S_ISREG(fstat(stream.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


STDOUT, STDERR = Lines("stdout"), Lines("stderr")
