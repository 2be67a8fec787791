"""The thread of each worker that shows metrics at METRICS_BIND: whichever is free answers for all."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import MetricsHandler
from prometheus_client.multiprocess import MultiProcessCollector

from app.kit import metrics
from app.metrics.state import State

PATH = "/metrics"
READ_SECONDS = 5
PAUSE_SECONDS = 1

log = structlog.get_logger()


class Together(MultiProcessCollector):
    """What all workers have counted."""

    @staticmethod
    def merge(files: Iterable[str], accumulate: Any = True) -> Any:  # noqa: FBT002  the library's own signature
        """Sum it up; a worker that begins makes its file first, and room in it then: it has counted nothing yet."""
        begun = [each for each in files if _has_room(Path(each))]
        return MultiProcessCollector.merge(begun, accumulate)  # type: ignore[no-untyped-call]  # the library leaves it out


def _has_room(file: Path) -> bool:
    with suppress(FileNotFoundError):
        return file.stat().st_size > 0
    return False


class Handler(MetricsHandler):
    """Answers GET /metrics, and nothing else."""

    timeout = READ_SECONDS
    server_version, sys_version = "latchkey", ""

    def do_GET(self) -> None:  # noqa: N802  the name that http.server calls
        """Show the metrics of all workers."""
        if urlsplit(self.path).path == PATH:
            super().do_GET()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)


class Exporter:
    """Counts from now on in this worker's slot, and answers at the listener that all workers share."""

    def __init__(self, app: Flask, listener: socket.socket, *, slot: int) -> None:
        """Begin at once."""
        metrics.begin(slot)
        registry = CollectorRegistry(auto_describe=False)
        Together(registry)  # type: ignore[no-untyped-call]  # the library leaves it out
        registry.register(State(app))
        self._handler: Any = Handler.factory(registry)
        self._listener = listener
        Thread(target=self._run, name="metrics", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, caller = self._listener.accept()
                with connection:
                    self._handler(connection, caller, None)
            except Exception as error:  # noqa: BLE001  the thread must outlive whatever one scrape met
                if self._listener.fileno() < 0:
                    return
                log.warning("metrics were not shown", why=type(error).__name__)
                Event().wait(PAUSE_SECONDS)  # such as no file is free for a connection
