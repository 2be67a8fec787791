"""More logins than can be hashed: those beyond are told at once to come back, and nobody else waits."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.cast import API, PASSWORD
from tests.counts import FIGURES, PROVE, count
from tests.live.clients import BUSY, PROCESSES, Answer, Call, Crowd
from tests.live.load import load
from tests.live.people import Account, newcomer
from tests.live.server import Server, serve
from tests.services import postgres_database

LOGINS = count(60, 200, 200)
ROUNDS = count(2, 2, 20)
A_FEW_SECONDS = 20  # on two idle cores the slowest needs two; the machine may be very busy
PROMPT = 10  # the same for what needs hundredths


flooded = partial(
    serve,
    workers=2,
    BCRYPT_ROUNDS=str(count(10, 12, 12)),
    RATE_LIMITS="on",
    REGISTER_LIMIT="1000/minute",
    LOGIN_LIMIT="100/minute",
    TRUSTED_PROXIES="1",
)


@pytest.fixture(params=["sqlite", "postgresql"] if PROVE else ["sqlite"])
def busy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Two workers of eight threads, which count attempts."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'latchkey.db'}"
        else:
            bare = stack.enter_context(postgres_database(f"latchkey_busy_{os.getpid()}"))
            url = bare.replace("postgresql://", "postgresql+psycopg://")
        yield stack.enter_context(flooded(url))


def attempts(account: Account) -> list[Call]:
    """As many logins, each from an address of its own, half of them to accounts that nobody has."""
    bodies = [account.credentials, {"email": "nobody@example.com", "password": PASSWORD}]
    return [
        Call("POST", f"{API}/auth/token", {"X-Forwarded-For": f"2001:db8:0:{number:x}::1"}, bodies[turn % 2])
        for number in range(LOGINS)
        for turn in [number // PROCESSES]  # so that each process of the crowd asks for both
    ]


@pytest.mark.prove
def test_a_flood_of_logins_leaves_everybody_else_responsive(
    busy: Server, crowd: Crowd, request: pytest.FixtureRequest
) -> None:
    account = newcomer(busy.base_url)
    reads = [account.sign_in().call("GET", "/me"), Call("GET", "/livez")]

    with load(busy.base_url, reads) as others:
        logins = [answer for _ in range(ROUNDS) for answer in crowd.send(busy.base_url, attempts(account))]

    outcomes = Counter(answer.outcome for answer in logins)
    FIGURES.append(f"{request.node.name}: logins {dict(outcomes)}, {slowest(logins)}; reads {slowest(others)}")
    assert {answer.outcome for answer in others} == {"200"}
    assert set(outcomes) <= {"200", "401 invalid_credentials", "429 rate_limited", BUSY}
    assert outcomes[BUSY] > 0
    assert min(outcomes["200"], outcomes["401 invalid_credentials"]) > 0
    assert all(dict(answer.headers).get("Retry-After") for answer in logins if answer.status in {429, 503})
    assert max(answer.seconds for answer in logins) < A_FEW_SECONDS
    assert max(answer.seconds for answer in others) < PROMPT


def slowest(answers: list[Answer]) -> str:
    """How long they took."""
    times = sorted(answer.seconds for answer in answers)
    return f"{len(times)} in {times[len(times) // 2]:.2f} s (half of them) to {times[-1]:.2f} s"
