"""All that one session can do, done at the same time."""

from time import monotonic

import pytest

from tests.cast import PASSWORD
from tests.counts import Tally, count
from tests.live.clients import Answer, admitted, send
from tests.live.load import load
from tests.live.people import Account, Tokens, tokens_of
from tests.live.server import Server

TURNS = count(5, 60, 100)
ENDED = "401 session_ended logout"


@pytest.mark.prove
def test_proofs_and_refreshes_mingle_until_a_logout_ends_them_all(
    server: Server, account: Account, tally: Tally
) -> None:
    for _ in range(count(1, 3, 50)):
        first = account.sign_in()
        uses = [first.call("POST", "/auth/step-up", {"password": PASSWORD})] * 3 + [first.call("GET", "/me")]

        with load(server.base_url, uses) as used:
            renewed = refreshed_by_two(server, first)
            logout = send(server.base_url, tokens_of(renewed[-1]).call("POST", "/auth/logout"))
            left = monotonic()

        tally.add(answer.outcome for answer in [*used, *renewed, logout])
        assert logout.status == 204
        assert {answer.outcome for answer in used if answer.began > left} == {ENDED}
        assert {answer.outcome for answer in used} == {"200", ENDED}
        dead = [call for answer in renewed[-4:] for call in tokens_of(answer).attempts]
        assert {answer.outcome for answer in admitted(server.base_url, dead)} == {ENDED}


def refreshed_by_two(server: Server, first: Tokens) -> list[Answer]:
    """The answers of many refreshes, one after the other, each sent twice at once."""
    answers: list[Answer] = []
    latest = first
    for _ in range(TURNS):
        answers += admitted(server.base_url, [latest.by_refresh("/auth/refresh")] * 2)
        latest = tokens_of(answers[-1])
    return answers
