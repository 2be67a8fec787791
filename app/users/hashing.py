"""How many passwords are hashed at once. The excess is refused, so that a flood of logins leaves threads to others.

A request has a place from before its attempt is counted until its password is hashed, at least; at most half of
WEB_THREADS have one. Whoever gets none has spent nothing: no attempt, no failed password. Commands are not capped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Semaphore, local
from typing import cast

from flask import Flask, current_app, has_request_context

from app.kit.metrics import Counter, Gauge
from app.kit.processors import anywhere
from app.users.problems import TooManyPasswords
from config import Config

EXTENSION = "latchkey-hashing"
RUNNING = Gauge("hashes_running", "Passwords that are hashed at this moment")
WAITING = Gauge("hashes_waiting", "Requests that have a place to hash a password in, and do not at this moment")
REFUSED = Counter("hashes_refused", "Requests refused for want of a place to hash a password in")


@dataclass(slots=True, kw_only=True)
class Hashing:
    """The places of one process: to be read by whoever watches it, and changed only here."""

    places: int
    taken: int = 0
    hashing: int = 0
    refused: int = 0
    _cores: Semaphore = field(default_factory=lambda: Semaphore(os.cpu_count() or 1))
    _lock: Lock = field(default_factory=Lock)
    _mine: local = field(default_factory=local)

    @property
    def waiting(self) -> int:
        """How many have a place and do not hash at this moment."""
        return self.taken - self.hashing

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for this thread, which keeps the one that it has.

        Raises:
            TooManyPasswords: none is free.
        """
        if getattr(self._mine, "has_one", False):
            yield
            return
        with self._lock:
            if self.taken >= self.places:
                self.refused += 1
                REFUSED.count()
                raise TooManyPasswords
            self.taken += 1
            WAITING.move(1)
        self._mine.has_one = True
        try:
            yield
        finally:
            self._mine.has_one = False
            with self._lock:
                self.taken -= 1
                WAITING.move(-1)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A place, and this thread hashes as soon as a core is free of others who do: more would only slow reads."""
        with self.place(), self._cores, anywhere():
            with self._lock:
                self.hashing += 1
                RUNNING.move(1)
                WAITING.move(-1)
            try:
                yield
            finally:
                with self._lock:
                    self.hashing -= 1
                    RUNNING.move(-1)
                    WAITING.move(1)


def init_app(app: Flask, config: Config) -> None:
    """Let half of the threads hash."""
    app.extensions[EXTENSION] = Hashing(places=config.web_threads // 2)


def hashing() -> Hashing:
    """What the running application hashes in this process."""
    return cast("Hashing", current_app.extensions[EXTENSION])


@contextmanager
def place() -> Iterator[None]:
    """A place for the request, to be taken before its attempt is counted.

    Raises:
        TooManyPasswords: none is free.
    """
    if has_request_context():
        with hashing().place():
            yield
    else:
        yield


@contextmanager
def at_work() -> Iterator[None]:
    """A place for the request, which hashes.

    Raises:
        TooManyPasswords: none is free.
    """
    if has_request_context():
        with hashing().at_work():
            yield
    else:
        yield
