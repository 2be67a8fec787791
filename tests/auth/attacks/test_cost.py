"""An invalid token costs no more than a valid one, and leaves nothing behind."""

import gc
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from random import Random

import pytest

from app.auth.tokens import Kind
from app.auth.transport import Presented
from app.auth.verification import BadToken, verify
from tests.auth.attacks.attack import RINGS, Way
from tests.auth.attacks.bench import Bench, Forge, encoded, json_text, with_header, with_signature
from tests.auth.attacks.deployments import Targets
from tests.auth.attacks.target import Target
from tests.counts import count

RANDOM_TOKENS = count(4_000, 100_000, 100_000)
WARM_UP = 500
INVALID: dict[str, tuple[Forge, int]] = {
    "garbage": (lambda _bench: "x", 0),
    "too long": (lambda bench: bench.good * 100, 0),
    "of the other kind": (lambda bench: bench.of_other_kind, 0),
    "badly signed": (with_signature(lambda bench: bytes(len(bench.signature))), 0),
    "of the next key": (with_header({"kid": lambda bench: bench.keys["next"].kid}), 1),
    "of an unknown key": (with_header({"kid": "unknown"}), 1),
}


def test_a_good_token_costs_one_statement(targets: Targets) -> None:
    target = targets("ES256")
    good = target.bench(Kind.ACCESS).good

    target.statements.clear()

    assert target.knock(Kind.ACCESS, Way.BEARER, good).status_code == 200
    assert len(target.statements) == 1


@pytest.mark.parametrize("sort", INVALID)
def test_an_invalid_token_costs_no_more_than_a_good_one(targets: Targets, sort: str) -> None:
    target = targets("ES256")
    forge, most = INVALID[sort]
    forged = forge(target.bench(Kind.ACCESS))

    target.statements.clear()

    assert target.knock(Kind.ACCESS, Way.BEARER, forged).status_code == 401
    assert len(target.statements) == most


@pytest.mark.parametrize("ring", RINGS)
def test_verification_itself_asks_no_database(targets: Targets, ring: str) -> None:
    target = targets(ring)
    good = target.bench(Kind.ACCESS).good

    with target.app.app_context():
        target.statements.clear()
        verify(good, Kind.ACCESS)

    assert target.statements == []


@pytest.mark.prove
def test_random_tokens_leave_nothing_in_memory(targets: Targets) -> None:
    target = targets("ES256")
    tokens = _random_tokens(target.bench(Kind.ACCESS), Random(1))  # noqa: S311  repeatable, not secret
    _present(target, islice(tokens, WARM_UP), requests=WARM_UP // 5)
    before = _blocks()

    _present(target, islice(tokens, RANDOM_TOKENS), requests=RANDOM_TOKENS // 100)

    assert _blocks() - before < RANDOM_TOKENS / 5  # the interpreter itself comes and goes by some hundreds


def _random_tokens(bench: Bench, dice: Random) -> Iterator[str]:
    """Without end: noise, noise in three parts, an unknown kid each time, and the good token with a part of noise."""
    header, claims, signature = bench.good.split(".")

    def noise() -> str:
        return encoded(dice.randbytes(dice.randrange(1, 200)))

    def unknown() -> str:
        return encoded(json_text({**bench.header, "kid": noise()}.items()))

    while True:
        yield noise()
        yield f"{noise()}.{noise()}.{noise()}"
        yield f"{unknown()}.{claims}.{signature}"
        yield f"{header}.{noise()}.{signature}"
        yield f"{header}.{encoded(json_text({**bench.claims, noise(): noise()}.items()))}.{signature}"
        yield f"{header}.{claims}.{encoded(dice.randbytes(len(bench.signature)))}"


def _present(target: Target, tokens: Iterator[str], *, requests: int) -> None:
    """Some by HTTP, the others to what every door asks."""
    for token in islice(tokens, requests):
        assert target.knock(Kind.ACCESS, Way.BEARER, token).status_code == 401
    with target.app.app_context():
        for token in tokens:
            with suppress(BadToken):
                Presented(token=token, kind=Kind.ACCESS, by_cookie=False).claims()
    target.statements.clear()


def _blocks() -> int:
    """How many pieces of memory the interpreter holds: whatever is kept of a token is one at least."""
    gc.collect()
    return sys.getallocatedblocks()
