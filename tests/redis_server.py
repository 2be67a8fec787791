"""A Redis of the test's own, which it may stop, kill and start again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

import pytest
from redis import Redis, RedisError

from bench.sockets import free_port
from tests.patience import PATIENCE


class RedisServer:
    """A redis-server process on a port of 127.0.0.1; what it holds goes with it."""

    def __init__(self) -> None:
        """Take a port; nobody listens there until `start`."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, with nothing in memory."""
        alone = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp")  # noqa: S108  it writes nothing
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), *alone], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = monotonic() + PATIENCE
        while not self._answers():
            assert monotonic() < deadline, "redis-server does not answer"
            sleep(0.02)

    def kill(self) -> None:
        """End at once, and forget everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def fall_silent(self) -> None:
        """Take connections, and answer none."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def speak(self) -> None:
        """Go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        with suppress(RedisError):
            return bool(self.client.ping())
        return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A Redis that runs until the block ends; skipped where there is none, in CI a failure."""
    if shutil.which("redis-server") is None:
        sentence = "redis-server is not installed; on Debian and Ubuntu: apt install redis-server"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.client.close()
