"""Requests that do not stop while something else happens."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

from tests.live.clients import SECONDS, Answer, Call, send


@contextmanager
def load(base_url: str, calls: Sequence[Call], *, further: int = 1) -> Iterator[list[Answer]]:
    """Send each call again and again, one loader a call, until the block ends, and then `further` times more.

    The block begins when every call was answered once; the list has all answers when it is over.
    """
    answers: list[Answer] = []
    working, over = Barrier(len(calls) + 1), Event()

    def repeat(call: Call) -> None:
        answers.append(send(base_url, call))
        working.wait(SECONDS)
        while not over.is_set():
            answers.append(send(base_url, call))
        answers.extend([send(base_url, call) for _ in range(further)])

    with ThreadPoolExecutor(len(calls)) as threads:
        loaders = [threads.submit(repeat, call) for call in calls]
        try:
            working.wait(SECONDS)
            yield answers
        finally:
            over.set()
    for loader in loaders:
        loader.result()
