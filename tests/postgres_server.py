"""A PostgreSQL of the test's own, run as the test likes, also with what nobody should run it with."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bench.sockets import free_port
from tests.mails.certificates import certified
from tests.services import lacking

OWNER: dict[str, Any] = {"user": "postgres"} if os.geteuid() == 0 else {}  # it does not run as root


def programs() -> Path:
    """Where initdb and pg_ctl are: on the path, or where Debian keeps them."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    found = shutil.which("initdb") or (newest[-1] if newest else None)
    if found is None:
        lacking("initdb is not installed")
    return Path(found).parent


@contextmanager
def postgres_server(settings: dict[str, object]) -> Iterator[str]:
    """The URL of a server's database `postgres`, with TLS and these settings, until the block ends."""
    where = programs()
    with TemporaryDirectory(prefix="latchkey-postgres-") as name:
        folder, port = Path(name), free_port()
        _certify(folder)
        said = {"port": port, "unix_socket_directories": name, "ssl": "on"} | settings
        said |= {"ssl_cert_file": f"{folder}/certificate.pem", "ssl_key_file": f"{folder}/key.pem"}
        options = " ".join(f"-c {key}={value}" for key, value in said.items())
        data = f"{folder}/data"
        _run(f"{where}/initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data)
        _run(f"{where}/pg_ctl", "start", "--wait", "-D", data, "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(f"{where}/pg_ctl", "stop", "--mode=immediate", "-D", data)


def _certify(folder: Path) -> None:
    certified(folder)
    (folder / "key.pem").chmod(0o600)
    for each in (folder, *folder.iterdir()) if OWNER else ():
        shutil.chown(each, OWNER["user"])


def _run(*arguments: str) -> None:
    done = subprocess.run(arguments, cwd="/", capture_output=True, text=True, check=False, **OWNER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def reckless() -> Iterator[str]:
    """A server that forgets at a power cut, with room for few."""
    with postgres_server({"fsync": "off", "full_page_writes": "off", "max_connections": "20"}) as url:
        yield url
