"""What wrk saw, and what voids it."""

import shutil

import pytest

from bench import load
from bench.load import Figures
from bench.servers import Server
from bench.works import Work
from tests.bench.gullible import Gullible, Refusing, serving
from tests.services import lacking


@pytest.fixture(autouse=True)
def _wrk() -> None:
    if shutil.which("wrk") is None:
        lacking("wrk is not installed; on Debian and Ubuntu: apt install wrk")


def put(server: Server) -> Figures:
    """Load it for a second; on a machine so slow that nothing is answered by then, for longer."""
    seen = load.put(server, Work.ME, ["access refresh"], seconds=1)
    return seen if seen.requests else load.put(server, Work.ME, ["access refresh"], seconds=20)


def test_answers_are_counted() -> None:
    with serving(Gullible) as server:
        seen = put(server)

    assert (seen.requests > 0, seen.void) == (True, "")


def test_any_refusal_under_load_is_told() -> None:
    with serving(Refusing) as server:
        seen = put(server)

    assert " refused" in seen.void
