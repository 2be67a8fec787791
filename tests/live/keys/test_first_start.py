"""Many begin at once, or are cut off at any moment: the ring stays whole."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import count as count_from
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa

from app.keys.models import KeyRing, StoredKey
from tests.counts import ONLY_PROVEN, Tally, count
from tests.live.clients import Call, admitted, at_once, send
from tests.live.keys.operating import Operator, operated
from tests.live.people import newcomer
from tests.live.server import DEFAULTS, clean_environment, copied_checkout, upgrade

WORKERS = count(3, 8, 8)
CALLS = 4 * WORKERS
FEWEST_STEPS = 4  # the version, the old key, the new key, the commit
JWKS = Call("GET", "/.well-known/jwks.json")


@pytest.fixture
def stored(each_url: str) -> Iterator[sa.Engine]:
    """A look past the server, at the keys."""
    engine = sa.create_engine(each_url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def states(stored: sa.Engine) -> Counter[str]:
    """How many keys are in which state."""
    with stored.connect() as connection:
        return Counter(connection.execute(sa.select(StoredKey.state)).scalars())


def empty(stored: sa.Engine) -> None:
    """Take every key away, as before the first start."""
    with stored.begin() as connection:
        connection.execute(sa.delete(StoredKey))
        connection.execute(sa.update(KeyRing).values(version=KeyRing.version + 1))


@pytest.mark.prove
def test_workers_that_start_together_make_one_key(each_url: str, stored: sa.Engine, tally: Tally) -> None:
    with operated(each_url, workers=WORKERS) as (server, _):
        answers = at_once(server.base_url, [JWKS] * CALLS)
        tally.add(answer.outcome for answer in answers)
        assert {answer.outcome for answer in answers} == {"200"}
        assert states(stored) == {"active": 1}

        account = newcomer(server.base_url)
        for _ in range(count(1, 3, 100)):
            empty(stored)
            answers = admitted(server.base_url, [account.sign_in_call()] * CALLS)
            tally.add(answer.outcome for answer in answers)
            assert {answer.outcome for answer in answers} == {"200"}
            assert states(stored) == {"active": 1}


@ONLY_PROVEN
def test_a_change_killed_at_any_moment_leaves_a_valid_ring(each_url: str, stored: sa.Engine, tally: Tally) -> None:
    with operated(each_url, workers=2) as (server, operator):
        account = newcomer(server.base_url)
        tokens = account.sign_in()
        began = monotonic()
        operator.keys("rotate")
        whole = monotonic() - began

        for round_ in range(count(0, 4, 300)):
            change = operator.begin("generate" if round_ % 3 == 0 else "rotate")
            died = killed_after(change, random.uniform(0.3, 1.1) * whole)  # noqa: S311  no secret
            found = states(stored)
            answers = [send(server.base_url, call) for call in (account.sign_in_call(), tokens.call("GET", "/me"))]

            tally.add([answer.outcome for answer in answers] + ["killed" if died else "done"])
            assert [answer.status for answer in answers] == [200, 200]
            assert is_valid(found)


@ONLY_PROVEN
@pytest.mark.parametrize(
    ("each_url", "change"), [("sqlite", "rotate"), ("postgresql", "revoke")], indirect=["each_url"]
)
def test_a_change_killed_between_any_two_steps_did_not_happen(
    each_url: str, stored: sa.Engine, tmp_path: Path, change: str
) -> None:
    operator = Operator(copied_checkout(tmp_path), clean_environment(DATABASE_URL=each_url, **DEFAULTS))
    upgrade(operator.root, operator.environment)
    arguments = [change, operator.keys("rotate")[0]["kid"]][: 1 + (change == "revoke")]
    before = states(stored)

    for step in count_from(1):
        if not operator.crashes(step, *arguments):
            break
        assert states(stored) == before

    assert step > FEWEST_STEPS
    assert is_valid(states(stored))


def is_valid(found: Counter[str]) -> bool:
    """Whether one key signs and at most one is next."""
    return found["active"] == 1 and found["next"] <= 1


def killed_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the process then; say whether it was still alive."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() < 0
