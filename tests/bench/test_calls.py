"""What the application spends without a server, on a real database each."""

import subprocess
import sys

import pytest

from bench.works import Work
from tests.bench.test_command_line import CHECKOUT

FEW = "from bench.calls import measured; print([*measured({database!r}, users=3, batches=1, batch=4)])"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_work_is_done_and_timed(database: str) -> None:
    """In a process of its own: the settings are in its environment."""
    command = [sys.executable, "-c", FEW.format(database=database)]
    done = subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True, text=True)

    (line,) = [each for each in done.stdout.splitlines() if each.startswith("[(")]
    assert [each in line for each in map(repr, (Work.ME, Work.TASKS, Work.REFRESH, Work.LOGOUT))] == [True] * 4


def test_another_database_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.calls", "oracle"], cwd=CHECKOUT, check=False, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr.startswith("No such database: oracle.")
    assert "python -m bench.calls [sqlite] [postgresql]" in done.stderr
