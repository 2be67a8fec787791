"""A worker's threads stay on one processor, but what works outside the interpreter runs anywhere."""

import os
from collections.abc import Callable
from threading import Thread

import pytest
from structlog.testing import CapturingLogger

from app.kit import processors
from app.users.hashing import Hashing

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets threads choose")


@pytest.fixture
def ours() -> set[int]:
    """The processors that these tests may run on."""
    return os.sched_getaffinity(0)


@pytest.fixture(autouse=True)
def forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody stays afterwards: affinity is a thread's own, the memory of it the process's."""
    monkeypatch.setattr(processors, "_everywhere", set[int]())


def in_a_thread(do: Callable[[], None]) -> None:
    """Do it where nothing is left behind."""
    thread = Thread(target=do)
    thread.start()
    thread.join()


def test_a_thread_that_stays_leaves_for_a_while(ours: set[int]) -> None:
    seen: list[set[int]] = []
    one = min(ours)

    def work() -> None:
        processors.stay(one)
        seen.append(os.sched_getaffinity(0))
        with processors.anywhere():
            seen.append(os.sched_getaffinity(0))
        seen.append(os.sched_getaffinity(0))

    in_a_thread(work)

    assert seen == [{one}, ours, {one}]


def test_passwords_are_hashed_anywhere(ours: set[int]) -> None:
    seen: list[set[int]] = []

    def work() -> None:
        processors.stay(min(ours))
        with Hashing(places=1).at_work():
            seen.append(os.sched_getaffinity(0))

    in_a_thread(work)

    assert seen == [ours]


def test_it_comes_back_when_the_work_fails(ours: set[int]) -> None:
    seen: list[set[int]] = []
    one = min(ours)

    def work() -> None:
        processors.stay(one)
        with pytest.raises(ZeroDivisionError), processors.anywhere():
            raise ZeroDivisionError
        seen.append(os.sched_getaffinity(0))

    in_a_thread(work)

    assert seen == [{one}]


def test_who_does_not_stay_is_not_moved(ours: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[set[int]] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda _thread, where: moved.append(where))

    with processors.anywhere():
        pass

    assert (moved, os.sched_getaffinity(0)) == ([], ours)


def test_a_processor_that_is_gone_is_no_failure_and_told(ours: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    log = CapturingLogger()
    monkeypatch.setattr(processors, "log", log)

    def work() -> None:
        processors.stay(max(ours) + 4096)
        with processors.anywhere():
            seen.append(os.sched_getaffinity(0))

    in_a_thread(work)

    assert seen == [ours]
    assert [(each.method_name, each.args) for each in log.calls] == [("warning", (processors.SLOWER,))]
