"""Whoever runs `flask keys ...` beside a server that works."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live.server import DEFAULTS, Server, clean_environment, command, run, serve

CRASH = Path(__file__).with_name("crash.py")


@dataclass(frozen=True, slots=True)
class Operator:
    """A checkout and the environment that its server has."""

    root: Path
    environment: dict[str, str]

    def keys(self, *arguments: str) -> list[dict[str, Any]]:
        """The keys that `flask keys ... --json` prints, from a process of its own."""
        done = run(self.root, self.environment, "flask", "keys", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        items: list[dict[str, Any]] = json.loads(done.stdout).get("items", [])
        return items

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """`flask keys ...`, under way."""
        return subprocess.Popen(
            command("flask", "keys", *arguments),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def crashes(self, step: int, *arguments: str) -> bool:
        """Run `flask keys ...` and kill it before this step in the database; say whether it came that far."""
        done = run(self.root, self.environment, "python", str(CRASH), str(step), "keys", *arguments)
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        return done.returncode != 0


@contextmanager
def operated(database_url: str, *, workers: int = 4, **settings: str) -> Iterator[tuple[Server, Operator]]:
    """A server, and its operator with the same environment."""
    with serve(database_url, workers=workers, threads=8, migrate=True, **settings) as server:
        yield server, Operator(server.root, clean_environment(DATABASE_URL=database_url, **(DEFAULTS | settings)))
