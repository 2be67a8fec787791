"""A spent refresh token outside its window: somebody else may hold it, so the session ends everywhere."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from tests.counts import Tally, count
from tests.live.clients import admitted, send
from tests.live.people import newcomer, tokens_of
from tests.live.rows import session_rows
from tests.live.server import Server, serve

HANDS = 50
WORKERS = count(2, 4, 4)
WINDOW = 1


@pytest.fixture(scope="module")
def hasty(server: Server, live_url: str) -> Iterator[Server]:
    """Another instance, where the replay window is short."""
    with another_instance(server, live_url, window=WINDOW) as hasty:
        yield hasty


@pytest.fixture(scope="module")
def strict(server: Server, live_url: str) -> Iterator[Server]:
    """Another instance, which takes no refresh token twice."""
    with another_instance(server, live_url, window=0) as strict:
        yield strict


@pytest.mark.prove
def test_a_replay_after_the_window_ends_the_session_on_all_workers(hasty: Server, tally: Tally) -> None:
    account = newcomer(hasty.base_url)
    firsts = [account.sign_in() for _ in range(count(2, 10, 200))]
    seconds = [tokens_of(send(hasty.base_url, first.by_refresh("/auth/refresh"))) for first in firsts]
    await_moment(monotonic() + WINDOW)

    replays = [send(hasty.base_url, first.by_refresh("/auth/refresh")) for first in firsts]

    assert {replay.outcome for replay in replays} == {"401 refresh_reused"}
    for tokens in [*firsts, *seconds]:
        later = [answer.outcome for call in tokens.attempts for answer in hasty.ask_each_worker(call)]
        tally.add(later)
        assert later == ["401 session_ended refresh_reused"] * 2 * WORKERS


@pytest.mark.prove
def test_without_a_window_one_hand_wins_and_the_session_ends(strict: Server, database: sa.Engine, tally: Tally) -> None:
    account = newcomer(strict.base_url)
    for _ in range(count(2, 10, 500)):
        first = account.sign_in()

        answers = admitted(strict.base_url, [first.by_refresh("/auth/refresh")] * HANDS)

        outcomes = Counter(answer.outcome for answer in answers)
        tally.add(outcomes.elements())
        assert outcomes.pop("200") == 1
        assert set(outcomes) <= {"401 refresh_reused", "401 session_ended refresh_reused"}
        winner = tokens_of(next(answer for answer in answers if answer.status == 200))
        assert session_rows(database, first) == []
        for call in first.attempts + winner.attempts:
            assert send(strict.base_url, call).outcome == "401 session_ended refresh_reused"


def another_instance(server: Server, live_url: str, *, window: int) -> AbstractContextManager[Server]:
    """A server beside the first one: the same database, the same secret, another window."""
    return serve(
        live_url,
        workers=WORKERS,
        threads=4,
        migrate=False,
        SECRET_KEY=server.kept_secret.read_text(),
        REFRESH_REPLAY_SECONDS=str(window),
    )


def await_moment(moment: float) -> None:
    """Wait until the clock shows more than this moment."""
    while (left := moment - monotonic()) >= 0:
        sleep(left + 0.01)
