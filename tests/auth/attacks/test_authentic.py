"""Tokens that the real key signed, odd as they are, and that deserve another answer than the attacks' one."""

from itertools import count

import pytest
import time_machine

from app.auth.tokens import Kind
from app.auth.verification import MAX_TOKEN_BYTES
from tests.auth.attacks.attack import Way
from tests.auth.attacks.bench import Bench, by, encoded, json_text, with_claims, with_header
from tests.auth.attacks.deployments import Targets
from tests.auth.attacks.signatures import P256_ORDER
from tests.auth.attacks.target import Target
from tests.cast import Browser, code

NUMBERS = count()
NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def target(targets: Targets) -> Target:
    """Any deployment will do."""
    return targets("ES256")


@pytest.fixture
def carol(target: Target) -> Browser:
    """Somebody whose session a test may end."""
    return target.newcomer(f"carol-{next(NUMBERS)}")


@pytest.mark.parametrize(("late", "answer"), [(9, (200, None)), (10, (401, "token_expired"))])
def test_a_token_beyond_its_end_has_expired_and_is_not_invalid(
    target: Target, carol: Browser, late: int, answer: tuple[int, str | None]
) -> None:
    bench = target.bench(Kind.ACCESS, carol)

    with time_machine.travel(bench.claims["exp"] + late, tick=False):
        assert code(target.knock(Kind.ACCESS, Way.BEARER, bench.good)) == answer


@pytest.mark.parametrize(("early", "answer"), [(10, (200, None)), (11, (401, "token_invalid"))])
@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_before_its_time_is_invalid(
    target: Target, carol: Browser, claim: str, early: int, answer: tuple[int, str | None]
) -> None:
    bench = target.bench(Kind.ACCESS, carol)

    with time_machine.travel(bench.claims[claim] - early, tick=False):
        assert code(target.knock(Kind.ACCESS, Way.BEARER, bench.good)) == answer


def test_a_token_of_just_the_allowed_size_is_read(target: Target) -> None:
    bench = target.bench(Kind.ACCESS)
    sizes = (bench.token(None, json_text([*bench.claims.items(), ("x", "x" * n)])) for n in range(2300, 2700))

    token = max((token for token in sizes if len(token) <= MAX_TOKEN_BYTES), key=len)

    assert MAX_TOKEN_BYTES - len(token) < 2
    assert target.knock(Kind.ACCESS, Way.BEARER, token).status_code == 200


def test_a_claim_that_nobody_knows_is_ignored(target: Target) -> None:
    forged = with_claims({"amr": ["pwd"], "act": {"sub": "x"}})(target.bench(Kind.ACCESS))

    assert target.knock(Kind.ACCESS, Way.BEARER, forged).status_code == 200


@pytest.mark.parametrize("fresh", ["soon", None, [], -1e300, 10**400, True], ids=str)
def test_a_refresh_token_with_nonsense_in_a_claim_of_access_tokens_is_no_error(
    target: Target, carol: Browser, fresh: object
) -> None:
    forged = with_claims({"fresh": fresh, "roles": fresh})(target.bench(Kind.REFRESH, carol))

    assert target.knock(Kind.REFRESH, Way.BEARER, forged).status_code == 200


@pytest.mark.parametrize(("which", "answer"), [("same family", (200, None)), ("other family", (401, "token_invalid"))])
def test_an_older_key_verifies_access_tokens_if_it_is_of_the_family_of_the_active_one(
    target: Target, which: str, answer: tuple[int, str | None]
) -> None:
    bench = target.bench(Kind.ACCESS)
    key = bench.keys[which]

    forged = with_header({"kid": key.kid, "alg": key.algorithm}, sign=by(key.private, key.algorithm))(bench)

    assert code(target.knock(Kind.ACCESS, Way.BEARER, forged)) == answer


def test_an_access_token_is_not_looked_up_among_the_sessions(target: Target) -> None:
    forged = with_claims({"sid": NOBODYS})(target.bench(Kind.ACCESS))

    assert target.knock(Kind.ACCESS, Way.BEARER, forged).status_code == 200


def test_a_token_dies_with_the_session_it_names_whoever_its_subject_is(target: Target, carol: Browser) -> None:
    forged = with_claims({"sub": target.bench(Kind.ACCESS).claims["sub"]})(target.bench(Kind.ACCESS, carol))
    assert target.knock(Kind.ACCESS, Way.BEARER, forged).status_code == 200

    carol.post("/auth/logout")

    assert code(target.knock(Kind.ACCESS, Way.BEARER, forged)) == (401, "session_ended")


def test_a_refresh_token_of_an_unknown_session_is_invalid_and_ends_nothing(target: Target, carol: Browser) -> None:
    forged = with_claims({"sid": NOBODYS})(target.bench(Kind.REFRESH, carol))

    assert code(target.knock(Kind.REFRESH, Way.BEARER, forged)) == (401, "refresh_invalid")

    assert carol.refresh().status_code == 200


def test_a_refresh_token_cannot_change_whose_session_it_is(target: Target, carol: Browser) -> None:
    forged = with_claims({"sub": target.bench(Kind.REFRESH).claims["sub"]})(target.bench(Kind.REFRESH, carol))

    renewed = target.knock(Kind.REFRESH, Way.BEARER, forged).get_json()

    answer = target.knock(Kind.ACCESS, Way.BEARER, renewed["access_token"])
    assert answer.get_json()["email"] == carol.email


def test_the_twin_of_an_ecdsa_signature_is_no_way_round_a_revocation(target: Target, carol: Browser) -> None:
    """Whoever has (r, s) has (r, n - s) too, and both fit (that is ECDSA); what counts is the `jti` and the `sid`."""
    twin = _twin(target.bench(Kind.ACCESS, carol))

    carol.post("/auth/logout")

    assert target.knock(Kind.ACCESS, Way.BEARER, twin).status_code == 401


def _twin(bench: Bench) -> str:
    s = P256_ORDER - int.from_bytes(bench.signature[32:], "big")
    return f"{bench.good.rpartition('.')[0]}.{encoded(bench.signature[:32] + s.to_bytes(32, 'big'))}"
