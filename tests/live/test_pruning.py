"""What expired is pruned along the way, by many at once, and in nobody's way."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from app.kit.pruning import WRITES
from tests.counts import Tally, count
from tests.live.clients import admitted
from tests.live.people import Account, claims, tokens_of
from tests.live.rows import add_expired, expired_left
from tests.live.server import Server

WORKERS = 4
COMERS = WORKERS * (WRITES - 1) + 1  # however they are shared out, one worker has a turn at pruning
EXPIRED = 300


@pytest.mark.prove
def test_those_who_come_and_leave_at_once_prune_without_a_deadlock(
    server: Server, account: Account, database: sa.Engine, tally: Tally
) -> None:
    for _ in range(count(1, 6, 150)):
        leavers = [tokens_of(answer) for answer in admitted(server.base_url, [account.sign_in_call()] * COMERS)]
        add_expired(database, EXPIRED, user_id=UUID(claims(leavers[0].access)["sub"]))
        there = expired_left(database)
        logouts = [tokens.call("POST", "/auth/logout") for tokens in leavers]

        answers = admitted(server.base_url, logouts + [account.sign_in_call()] * COMERS)

        outcomes = [answer.outcome for answer in answers]
        tally.add(outcomes)
        assert outcomes == ["204"] * COMERS + ["200"] * COMERS
        assert all(now < before for now, before in zip(expired_left(database), there, strict=True))
        later = admitted(server.base_url, [tokens.call("GET", "/me") for tokens in leavers])
        assert {answer.outcome for answer in later} == {"401 session_ended logout"}
