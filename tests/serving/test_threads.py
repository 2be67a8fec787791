"""The threads of a worker: all at work if there is enough of it, and gone when they are told to."""

from queue import SimpleQueue
from threading import Barrier, Thread, current_thread

from serving.threads import KEPT, OVER, Threads
from tests.patience import PATIENCE

NUMBER, MANY = 3, 30


def test_as_many_as_there_may_be_work_at_once_and_no_more() -> None:
    together, seen = Barrier(NUMBER), SimpleQueue[str]()

    def work(_what: object) -> None:
        together.wait(PATIENCE)
        seen.put(current_thread().name)

    threads = Threads(NUMBER, work)
    for each in range(MANY):
        threads.submit(each)
    names = {seen.get(timeout=PATIENCE) for _ in range(MANY)}
    threads.shutdown(wait=False)

    assert len(names) == NUMBER


def test_what_is_in_line_is_done_before_they_end() -> None:
    done, ended = SimpleQueue[int](), SimpleQueue[Thread]()

    def work(what: int) -> None:
        if what == 0:
            ended.put(current_thread())
        done.put(what)

    threads = Threads(1, work)
    for each in range(MANY):
        threads.submit(each)
    threads.shutdown(wait=False)
    thread = ended.get(timeout=PATIENCE)

    assert [done.get(timeout=PATIENCE) for _ in range(MANY)] == list(range(MANY))
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_none_begins_before_there_is_something_to_do() -> None:
    threads = Threads(NUMBER, print)

    threads.shutdown(wait=False)

    assert threads.begun == 0


def test_the_loop_is_told_of_an_outcome_at_once() -> None:
    assert [(each.result(timeout=0), each.cancelled()) for each in (KEPT, OVER)] == [(True, False), (False, False)]
