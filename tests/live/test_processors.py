"""Where there is a processor for each worker, each stays on its own, and whoever replaces it takes its place."""

import os
import signal
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.clients import Call, send
from tests.live.server import Server, serve
from tests.live.test_signals import await_workers
from tests.live.test_slow_clients import SLOW, connected
from tests.patience import await_true

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux lets threads choose")
LIFE = Call("GET", "/livez")
HALF_SENT = 4  # requests a worker, each of which a thread waits for


@pytest.fixture
def ours() -> set[int]:
    """The processors that servers started here may run on."""
    return os.sched_getaffinity(0)


def url(folder: Path) -> str:
    """A database that nobody needs."""
    return f"sqlite:///{folder}/latchkey.db"


def places(server: Server) -> list[set[int]]:
    """Where the workers run, as soon as each has its place."""
    await_true(
        lambda: all(len(os.sched_getaffinity(worker)) == 1 for worker in server.workers),
        otherwise=lambda: f"no place for each: {server.said}",
    )
    return [os.sched_getaffinity(worker) for worker in server.workers]


def test_each_has_its_own_also_after_one_has_died(tmp_path: Path, ours: set[int]) -> None:
    with serve(url(tmp_path), workers=len(ours), migrate=False, forgiven="was sent SIGKILL") as server:
        before, workers = places(server), server.workers
        os.kill(workers[0], signal.SIGKILL)
        await_workers(server, len(ours), other_than=workers[:1])
        after = places(server)

    assert sorted(map(min, before)) == sorted(map(min, after)) == sorted(ours)
    assert all(len(each) == 1 for each in [*before, *after])


def test_the_threads_that_answer_stay_with_it(tmp_path: Path, ours: set[int]) -> None:
    with serve(url(tmp_path), workers=len(ours), migrate=False) as server, ExitStack() as clients:
        places(server)
        before = threads(server)
        for _ in range(HALF_SENT * len(server.workers)):
            clients.enter_context(connected(server)).sendall(SLOW["stop in the middle of a chunk"])
        begun = await_more(server, before)

    assert all(len(where) == 1 for where in begun.values())


def await_more(server: Server, before: Collection[int]) -> dict[int, set[int]]:
    """The threads that were begun since, as soon as there are some."""
    await_true(lambda: bool(threads(server).keys() - before), otherwise=lambda: f"no thread begins: {server.said}")
    return {thread: where for thread, where in threads(server).items() if thread not in before}


def threads(server: Server) -> dict[int, set[int]]:
    """Where each thread of each worker runs."""
    found = [int(each.name) for worker in server.workers for each in Path(f"/proc/{worker}/task").iterdir()]
    return {thread: os.sched_getaffinity(thread) for thread in found}


def test_with_fewer_or_more_workers_the_system_shares_out(tmp_path: Path, ours: set[int]) -> None:
    with serve(url(tmp_path), workers=len(ours) + 1, migrate=False) as server:
        assert send(server.base_url, LIFE).status == 200

        assert [os.sched_getaffinity(worker) for worker in server.workers] == [ours] * (len(ours) + 1)
