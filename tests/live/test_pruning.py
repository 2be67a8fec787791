"""What expired is pruned along the way, by many at once, and in nobody's way."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.counts import Tally, count
from tests.live.clients import admitted, at_once
from tests.live.people import Account, claims, tokens_of
from tests.live.rows import add_expired, expired_left
from tests.live.server import Server

COMERS = 20
EXPIRED = 300  # fewer than those who leave take away


@pytest.mark.prove
def test_those_who_come_and_leave_at_once_prune_without_a_deadlock(
    server: Server, account: Account, database: sa.Engine, tally: Tally
) -> None:
    for _ in range(count(1, 6, 150)):
        leavers = [tokens_of(answer) for answer in admitted(server.base_url, [account.sign_in_call()] * COMERS)]
        add_expired(database, EXPIRED, user_id=UUID(claims(leavers[0].access)["sub"]))
        logouts = [tokens.call("POST", "/auth/logout") for tokens in leavers]

        answers = admitted(server.base_url, logouts + [account.sign_in_call()] * COMERS)

        outcomes = [answer.outcome for answer in answers]
        tally.add(outcomes)
        assert outcomes == ["204"] * COMERS + ["200"] * COMERS
        assert max(expired_left(database)) < EXPIRED
        later = at_once(server.base_url, [tokens.call("GET", "/me") for tokens in leavers])
        assert {answer.outcome for answer in later} == {"401 session_ended logout"}
