"""The drill: keys rotate, one leaks, the algorithm changes, and nobody who works notices."""

from collections import Counter
from time import monotonic

import pytest

from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.keys.operating import Operator, operated
from tests.live.keys.working import Client, at_work
from tests.live.people import newcomer
from tests.live.server import Server

ROTATIONS = count(0, 6, 20)
BY_COOKIE = [False, True] * 4
WITHDRAWALS = 2  # the revocation and the change of algorithm


def drilled(operator: Operator) -> None:
    """All that an operator may do to the keys of people who work."""
    leaked = [operator.keys("rotate")[0]["kid"] for _ in range(ROTATIONS)][-1]
    operator.keys("revoke", leaked)
    operator.keys("generate", "--algorithm", "ES256")
    operator.keys("rotate", "--now")


def clients_of(server: Server) -> list[Client]:
    """Cookie and bearer clients, each with an account of its own."""
    accounts = [newcomer(server.base_url) for _ in BY_COOKIE]
    return [Client(each, each.sign_in(by_cookie=by)) for each, by in zip(accounts, BY_COOKIE, strict=True)]


@ONLY_PROVEN
def test_rotations_a_leak_and_another_algorithm_fail_no_request(each_url: str, request: pytest.FixtureRequest) -> None:
    with operated(each_url, ACCESS_TOKEN_TTL="5s") as (server, operator):
        clients = clients_of(server)
        began = monotonic()

        with at_work(clients):
            drilled(operator)

        seconds = monotonic() - began
        states = Counter(key["state"] for key in operator.keys("list"))
    counts = sum((client.counts for client in clients), Counter[str]())
    failures = [failure for client in clients for failure in client.failures]
    FIGURES.append(
        f"{request.node.name}: {ROTATIONS} rotations, {dict(counts)}, {len(failures)} failures, {seconds:.1f} s"
    )
    assert failures == []
    assert states == {"verifying": ROTATIONS + 1, "revoked": 1, "active": 1}
    assert counts["401 token_invalid"] <= len(clients) * WITHDRAWALS
    assert counts["refreshes"] >= len(clients)
    assert counts["withdrawn on the way"] <= len(clients) * WITHDRAWALS
