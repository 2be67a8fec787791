"""A full disk under SQLite: 503, nothing half written, reads go on, and all is well as soon as there is room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.counts import ONLY_PROVEN
from tests.live.clients import BUSY, Call, send
from tests.live.people import newcomer
from tests.live.server import serve
from tests.services import lacking

SIZE = 4 * 1024 * 1024
TASK = {"title": "Rest", "description": "z" * 10_000}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        lacking("a disk that may be filled can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(("umount", str(folder)), check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave not a byte until the block ends."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@ONLY_PROVEN
def test_a_full_disk_is_unavailable_and_nothing_is_half_done(migrated: Path, disk: Path) -> None:
    url = f"sqlite:///{shutil.copy2(migrated, disk)}"
    with serve(url, workers=1, threads=4, migrate=False) as server:
        account = newcomer(server.base_url)
        tokens = account.sign_in()
        reads = [tokens.call("GET", path) for path in ("/me", "/tasks?limit=100")]
        writes = [tokens.call("POST", "/tasks", TASK), account.sign_in_call(), tokens.by_refresh("/auth/refresh")]
        writes.append(tokens.call("POST", "/auth/logout"))
        with full(disk):
            seen = [send(server.base_url, tokens.call("POST", "/tasks", TASK)) for _ in range(3)]
            refused = [send(server.base_url, call) for call in writes]
            read = [send(server.base_url, call) for call in reads]
            alive = send(server.base_url, Call("GET", "/livez"))

        again = [send(server.base_url, call) for call in writes]

    written = [each for each in seen if each.status == 201]
    assert {each.outcome for each in [*seen[len(written) :], *refused]} == {BUSY}
    assert [each.status for each in (*read, alive)] == [200, 200, 200]
    assert read[1].body["items"] == [each.body for each in reversed(written)]
    assert [each.status for each in again] == [201, 200, 200, 204]
    assert integrity(url) == "ok"


def integrity(url: str) -> str:
    """What SQLite says of its own file."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one())
