"""The JWKS while the database does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import monotonic

import sqlalchemy as sa

from tests.live.clients import Answer, Call, send
from tests.live.keys.operating import operated

JWKS = Call("GET", "/.well-known/jwks.json")
OUTAGE_SECONDS = 2.5  # longer than a worker believes its copy
FEW = 9
ANSWER_SECONDS = 3  # 0.2 is waited for; whoever waited for the answer itself would need four


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Let every question about the ring wait until the block ends."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE key_ring, signing_keys IN ACCESS EXCLUSIVE MODE"))
        yield


def timed(base_url: str) -> tuple[Answer, float]:
    answer = send(base_url, JWKS)
    return answer, monotonic() - answer.began


def test_the_jwks_is_shown_from_memory_while_the_database_does_not_answer(postgres_url: str) -> None:
    with operated(postgres_url, workers=2, JWT_ALGORITHM="ES256") as (server, _):
        (known,) = {str(answer.body) for answer in server.ask_each_worker(JWKS)}
        answers = list[tuple[Answer, float]]()

        with locked(postgres_url):
            until = monotonic() + OUTAGE_SECONDS
            while monotonic() < until or len(answers) < FEW:
                answers.append(timed(server.base_url))

    assert {(answer.status, str(answer.body)) for answer, _ in answers} == {(200, known)}
    assert median(seconds for _, seconds in answers) < ANSWER_SECONDS  # of those who waited each would take 4 s
