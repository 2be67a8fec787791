"""Something behind the service is slow: whoever stood in line too long is told to come back."""

import sqlite3
from collections import Counter

from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.clients import BUSY, at_once, send
from tests.live.people import newcomer
from tests.live.server import serve

WRITERS = 20
SECONDS = (
    20  # five in line and four at the lock, and as many again for a busy machine; without an end to the line, forty
)
ROUNDS = count(1, 1, 5)


@ONLY_PROVEN
def test_nobody_waits_for_long_in_line(own_url: str) -> None:
    with serve(own_url, workers=1, threads=2, migrate=False) as server:
        tokens = newcomer(server.base_url).sign_in()
        write = tokens.call("POST", "/tasks", {"title": "Rest"})
        other = sqlite3.connect(own_url.removeprefix("sqlite:///"), isolation_level=None)
        for _ in range(ROUNDS):
            other.execute("BEGIN IMMEDIATE")

            answers = at_once(server.base_url, [write] * WRITERS)

            other.execute("ROLLBACK")
            slowest = max(answer.seconds for answer in answers)
            FIGURES.append(f"a writer that is held up for ever: {WRITERS} at once, the slowest refusal {slowest:.2f} s")
            assert Counter(answer.outcome for answer in answers) == {BUSY: WRITERS}
            assert all(dict(answer.headers)["Retry-After"] == "1" for answer in answers)
            assert slowest < SECONDS
            assert send(server.base_url, write).status == 201
        other.close()
