"""What gunicorn's master keeps for metrics and for its log."""

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.master import DIRECTORY, INHERITED, JsonLines, Metrics
from tests.live.server import CHECKOUT
from tests.patience import PATIENCE

TOLD_AT_BIRTH = """
import os, signal, sys
from queue import SimpleQueue
from serving.master import is_told_to_end, keep_signals_while_forking

os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # on one processor the parent goes on first
told = SimpleQueue()
signal.signal(signal.SIGTERM, lambda number, frame: told.put_nowait(number))
keep_signals_while_forking()
for _ in range(20):
    child = os.fork()
    if child == 0:
        told.put(told.get(timeout=float(sys.argv[1])))
        os._exit(not is_told_to_end(told))
    os.kill(child, signal.SIGTERM)
    assert os.waitpid(child, 0)[1] == 0, "it was told, and never heard of it"
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux to choose a processor")
def test_what_a_process_is_told_before_it_runs_reaches_it() -> None:
    command = [sys.executable, "-c", TOLD_AT_BIRTH, str(PATIENCE)]

    assert subprocess.run(command, cwd=CHECKOUT, check=False).returncode == 0


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Metrics]:
    """A place for metrics on a free port."""
    monkeypatch.setenv(DIRECTORY, "of somebody else")
    place = Metrics("127.0.0.1", 0, memory=str(tmp_path))
    yield place
    place.close()


def test_a_dead_workers_slot_is_given_on(metrics: Metrics) -> None:
    assert [metrics.free_slot(taken) for taken in ({1}, {0, 1, 3}, set[int]())] == [0, 2, 0]


def test_of_a_dead_worker_what_it_counted_stays_and_what_it_had_goes(metrics: Metrics) -> None:
    folder = Path(metrics.directory)
    for name in ("counter_1.db", "gauge_livesum_1.db", "gauge_livesum_11.db"):
        (folder / name).touch()

    metrics.forget(1)

    assert {each.name for each in folder.iterdir()} == {"counter_1.db", "gauge_livesum_11.db"}


def test_it_begins_with_an_empty_directory_of_its_own_and_leaves_none(metrics: Metrics) -> None:
    folder = Path(metrics.directory)
    found = (os.environ[DIRECTORY], list(folder.iterdir()), folder.stat().st_mode & 0o777)

    metrics.close()

    assert found == (metrics.directory, [], 0o700)
    assert not folder.exists()


def test_a_master_that_takes_over_listens_at_the_same_socket(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handed: dict[str, str] = {}
    metrics.hand_on(handed)
    monkeypatch.setenv(INHERITED, str(os.dup(int(handed[INHERITED]))))

    after = Metrics("127.0.0.1", 1, memory=str(tmp_path))

    assert after.listener.getsockname() == metrics.listener.getsockname()
    assert INHERITED not in os.environ
    after.close()


def test_an_address_that_cannot_be_had_ends_the_start_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit) as ended:
        Metrics("127.0.0.1", other.getsockname()[1], memory=str(tmp_path))

    assert str(ended.value).startswith("METRICS_BIND: 127.0.0.1 with port ")


def test_gunicorns_own_lines_are_json_whatever_is_in_them() -> None:
    fault = ValueError("a\nb")
    why = (ValueError, fault, None)

    line = JsonLines().format(logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, 'odd "%s"\r\n', ("x",), why))

    said = json.loads(line)
    assert "\n" not in line
    assert (said["level"], said["event"], said["logger"]) == ("error", 'odd "x"\r\n', "gunicorn.error")
    assert said["exception"].endswith("ValueError: a\nb")
    assert said["timestamp"].endswith("Z")
