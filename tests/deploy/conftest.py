"""The deployment as deploy/ has it: nginx with TLS, two instances of two workers, PostgreSQL and Redis."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from bench.sockets import free_port
from tests.counts import PROVE, count
from tests.deploy.nginx import NAME, Proxy, proxied
from tests.live.server import Server, serve
from tests.redis_server import redis_server
from tests.services import postgres_database

# What `make prove` (and `make drill-restart`) runs.
collect_ignore = [] if PROVE else ["test_operations.py", "test_restart.py"]
WORKERS = count(1, 2, 2)
PRODUCTION: dict[str, Any] = {
    "APP_ENV": "production",
    "SECRET_KEY": "kX2vQ9-rT7mB4nZ8wL1pJ6yH3cF5dS0gA_uEoIiPqRs",
    "TRUSTED_PROXIES": "1",
    "PUBLIC_URL": f"https://{NAME}",
    "BCRYPT_ROUNDS": "10",
    "RATE_LIMITS": "on",
    "DEMO": "on",
}


class Instance:
    """One of the servers, which can be stopped and started again on its port."""

    server: Server

    def __init__(self, start: Callable[[], AbstractContextManager[Server]]) -> None:
        """Start it."""
        self._start, self._running = start, ExitStack()
        self.start()

    def start(self) -> None:
        """Return when each worker answers."""
        self.server = self._running.enter_context(self._start())

    def stop(self) -> None:
        """TERM: return when it has ended, without a complaint."""
        self._running.close()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What stands behind one name: nginx, its instances, and their settings."""

    proxy: Proxy
    instances: list[Instance]
    settings: dict[str, Any]

    @property
    def database_url(self) -> str:
        """Where a look past the servers is taken."""
        return str(self.settings["DATABASE_URL"]).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Two instances in production behind nginx, which share PostgreSQL and Redis."""
    with ExitStack() as parts:
        database = parts.enter_context(postgres_database(f"latchkey_deploy_{os.getpid()}"))
        redis = parts.enter_context(redis_server())
        mails = tmp_path_factory.mktemp("mails")
        settings = PRODUCTION | {"REDIS_URL": redis.url, "MAIL_URL": f"file:{mails}"}
        ports = [free_port(), free_port()]
        size: dict[str, Any] = {"workers": WORKERS, "threads": 4}
        instances = [Instance(partial(serve, database, PORT=str(port), **size, **settings)) for port in ports]
        for each in instances:
            parts.callback(each.stop)
        proxy = parts.enter_context(proxied(tmp_path_factory.mktemp("nginx"), ports))
        yield Deployment(proxy, instances, settings | {"DATABASE_URL": database})
