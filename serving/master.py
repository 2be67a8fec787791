"""What gunicorn's master does itself, and hands on: its log, a worker's processor, signals, metrics' files.

It never loads the application.
"""

import json
import logging
import os
import shutil
import signal
import socket
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import mkdtemp
from typing import Any

from gunicorn.glogging import Logger

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client looks
INHERITED = "LATCHKEY_METRICS_FD"  # a master upgraded by USR2 hands its socket on
BACKLOG = 16
ENDS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}


def a_processor(taken: Iterable[int | None], *, wanted: int) -> int | None:
    """One that the fewest have taken, if there are just as many as are wanted; else the system shares them out."""
    ours = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    count = Counter(taken)
    return min(ours, key=lambda each: count[each]) if len(ours) == wanted else None


def keep_signals_while_forking() -> None:
    """Let what a worker is told before it runs reach it then: Python forgets the signals that it finds after a fork."""
    listen = partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, ENDS)
    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, ENDS), after_in_parent=listen, after_in_child=listen
    )


def is_told_to_end(signals: SimpleQueue[Any]) -> bool:
    """Whether one of the signals that a process was sent asks it to end; takes them all, or up to that one."""
    with suppress(Empty):
        while signals.get_nowait() not in ENDS:
            pass
        return True
    return False


class JsonLines(logging.Formatter):
    """gunicorn's own log lines as JSON, like those of the application."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        said = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            "pid": record.process,
        }
        return json.dumps(said | ({"exception": self.formatException(record.exc_info)} if record.exc_info else {}))


class JsonLogger(Logger):
    """gunicorn's log, in JSON."""

    def setup(self, cfg: Any) -> None:
        """Set it up as gunicorn does, then write differently."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


class Metrics:
    """The address where metrics are read, and the directory in which workers count: both outlive every worker.

    Whichever worker is free answers there, so that no process is needed for it. Each counts in files of its slot.
    """

    def __init__(self, host: str, port: int, *, memory: str | None) -> None:
        """Listen, or end the process with one sentence; begin with an empty directory."""
        self.listener = _listening(host, port)
        self.directory = mkdtemp(prefix="latchkey-metrics-", dir=memory)
        os.environ[DIRECTORY] = self.directory

    def free_slot(self, taken: Collection[int]) -> int:
        """The lowest slot that no living worker has."""
        return next(slot for slot in range(len(taken) + 1) if slot not in taken)

    def forget(self, slot: int) -> None:
        """A worker is dead: what it had at the moment goes, what it counted stays."""
        for file in Path(self.directory).glob(f"gauge_live*_{slot}.db"):
            file.unlink(missing_ok=True)

    def hand_on(self, environ: dict[str, str]) -> None:
        """Let the master that is about to take over listen at the same address."""
        self.listener.set_inheritable(True)
        environ[INHERITED] = str(self.listener.fileno())

    def close(self) -> None:
        """Leave nothing behind."""
        self.listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _listening(host: str, port: int) -> socket.socket:
    if INHERITED in os.environ:
        return socket.socket(fileno=int(os.environ.pop(INHERITED)))
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        sys.exit(f"METRICS_BIND: {host} with port {port}: {error.strerror or error}")
