"""What a worker weighs: a figure, not a verdict."""

import pytest

from tests.counts import FIGURES, count
from tests.live.clients import admitted
from tests.live.people import Account
from tests.live.server import Server

BATCH = 20


@pytest.mark.prove
def test_each_worker_tells_what_it_weighs_after_many_requests(server: Server, account: Account) -> None:
    tokens = account.sign_in()
    calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", {"title": "Rest"})] * (BATCH // 2)
    before = [server.resident_kib(worker) for worker in server.workers]

    answers = [answer for _ in range(count(5, 50, 1000)) for answer in admitted(server.base_url, calls)]

    after = [server.resident_kib(worker) for worker in server.workers]
    FIGURES.append(f"RSS of each worker in KiB: {before} before, {after} after {len(answers)} requests")
    assert {answer.outcome for answer in answers} == {"200", "201"}
    assert all(weight > 0 for weight in after)
