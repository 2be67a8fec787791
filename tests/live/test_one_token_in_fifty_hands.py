"""The promise of the house: no race breaks rotation, and nobody is logged out by one."""

import pytest
import sqlalchemy as sa

from tests.counts import Tally, count
from tests.live.clients import Answer, admitted, send
from tests.live.people import Account, Tokens, claims, tokens_of
from tests.live.rows import session_rows
from tests.live.server import Server

HANDS = 50
BY_BEARER = count(6, 30, 1500)
BY_COOKIE = count(2, 10, 500)


@pytest.mark.prove
@pytest.mark.parametrize(("by_cookie", "rounds"), [(False, BY_BEARER), (True, BY_COOKIE)], ids=["bearer", "cookie"])
def test_all_hands_get_the_one_successor(
    server: Server, account: Account, database: sa.Engine, tally: Tally, *, by_cookie: bool, rounds: int
) -> None:
    for _ in range(rounds):
        first = account.sign_in(by_cookie=by_cookie)

        answers = admitted(server.base_url, [first.by_refresh("/auth/refresh")] * HANDS)

        tally.add(answer.outcome for answer in answers)
        successor = the_one_successor(answers)
        assert [(row.spent_jti, row.refresh_jti) for row in session_rows(database, first)] == [
            (claims(first.refresh)["jti"], claims(successor.refresh)["jti"])
        ]
        assert_works(server, successor)


def the_one_successor(answers: list[Answer]) -> Tokens:
    """What all hands hold: refresh tokens that say the same."""
    assert {answer.outcome for answer in answers} == {"200"}
    pairs = [tokens_of(answer) for answer in answers]
    assert len({repr(claims(pair.refresh)) for pair in pairs}) == 1
    assert len({claims(pair.access)["jti"] for pair in pairs}) == HANDS
    return pairs[-1]


def assert_works(server: Server, tokens: Tokens) -> None:
    """Both tokens open what they are for, the access token also after the refresh token is spent."""
    assert send(server.base_url, tokens.by_refresh("/auth/refresh")).outcome == "200"
    assert send(server.base_url, tokens.call("GET", "/me")).outcome == "200"
