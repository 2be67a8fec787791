"""Logout counts from the next request on, on every worker, whatever else is under way."""

from time import monotonic

import pytest

from tests.counts import Tally, count
from tests.live.clients import Crowd, admitted, send
from tests.live.load import load
from tests.live.people import Account, tokens_of
from tests.live.server import Server

LOADERS = 8
RIVALS = 7
ENDED = "401 session_ended logout"


@pytest.mark.prove
@pytest.mark.parametrize("by_cookie", [False, True], ids=["bearer", "cookie"])
def test_after_logout_nothing_is_accepted_by_anyone(
    server: Server, account: Account, crowd: Crowd, tally: Tally, *, by_cookie: bool
) -> None:
    for _ in range(count(1, 8, 300)):
        tokens = account.sign_in(by_cookie=by_cookie)
        assert send(server.base_url, tokens.call("GET", "/me")).outcome == "200"

        assert send(server.base_url, tokens.call("POST", "/auth/logout")).status == 204

        answers = crowd.send(server.base_url, tokens.attempts * 50)
        tally.add(answer.outcome for answer in answers)
        assert {answer.outcome for answer in answers} == {ENDED}


def test_after_logout_each_worker_refuses(server: Server, account: Account) -> None:
    tokens = account.sign_in()
    known = server.ask_each_worker(tokens.call("GET", "/me"))
    assert [answer.outcome for answer in known] == ["200"] * 4

    assert send(server.base_url, tokens.call("POST", "/auth/logout")).status == 204

    refusals = [answer.outcome for call in tokens.attempts for answer in server.ask_each_worker(call)]
    assert refusals == [ENDED] * 8


@pytest.mark.prove
def test_under_load_no_request_that_began_after_the_logout_is_accepted(
    server: Server, account: Account, tally: Tally
) -> None:
    for _ in range(count(3, 15, 600)):
        tokens = account.sign_in()

        with load(server.base_url, [tokens.call("GET", "/me")] * LOADERS, further=5) as answers:
            assert send(server.base_url, tokens.call("POST", "/auth/logout")).status == 204
            answered = monotonic()

        tally.add(answer.outcome for answer in answers)
        assert {answer.outcome for answer in answers} == {"200", ENDED}
        later = [answer.outcome for answer in answers if answer.began > answered]
        assert later == [ENDED] * len(later)
        assert len(later) >= LOADERS * 5


@pytest.mark.prove
@pytest.mark.parametrize("by_refresh", [False, True], ids=["by access token", "by refresh token"])
def test_no_refresh_that_races_with_the_logout_outlives_it(
    server: Server, account: Account, tally: Tally, *, by_refresh: bool
) -> None:
    for _ in range(count(3, 15, 600)):
        first = account.sign_in()
        logout = first.by_refresh("/auth/logout") if by_refresh else first.call("POST", "/auth/logout")

        gone, *renewed = admitted(server.base_url, [logout] + [first.by_refresh("/auth/refresh")] * RIVALS)

        tally.add(answer.outcome for answer in [gone, *renewed])
        assert gone.status == 204
        assert {answer.outcome for answer in renewed} <= {"200", ENDED}
        held = [first, *(tokens_of(answer) for answer in renewed if answer.status == 200)]
        later = admitted(server.base_url, [call for tokens in held for call in tokens.attempts])
        assert {answer.outcome for answer in later} == {ENDED}
