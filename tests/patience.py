"""How long tests wait for what should happen at once."""

from collections.abc import Callable
from time import monotonic, sleep

PATIENCE = 60  # seconds: a very busy machine needs some of them, and what has not happened by then never does
PAUSE = 0.05


def await_true(happened: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    """Wait until it has happened, or fail with the other words."""
    deadline = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < deadline, otherwise()
        sleep(PAUSE)  # what other processes do tells nobody
