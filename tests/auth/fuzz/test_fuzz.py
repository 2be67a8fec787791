"""Whatever chance makes of a token: nothing is accepted but what was issued, and only refusals are raised."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.sansio.http import parse_cookie

from app.auth.tokens import Kind
from app.auth.verification import BadToken, verify
from tests.auth.attacks.attack import Way
from tests.auth.attacks.bench import json_text
from tests.auth.attacks.target import Target, on_the_wire
from tests.auth.fuzz.bending import BENDS, NAMES, VALUES, Bend, bent
from tests.auth.fuzz.conftest import fuzzed

KINDS = st.sampled_from(Kind)
CHANGES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=2)
OF_BOTH = {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "type"}
REQUIRED = {Kind.REFRESH: OF_BOTH, Kind.ACCESS: OF_BOTH | {"fresh", "roles"}}
TEXTS = (
    st.text(max_size=200)
    | st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,4}", fullmatch=True)
    | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))
)

pytestmark = pytest.mark.usefixtures("portion")


def issued(target: Target) -> dict[Kind, list[str]]:
    """The tokens that count, Alice's and Mallory's."""
    people = (target.alice, target.mallory)
    return {kind: [person.cookie(f"{kind}_token") or "" for person in people] for kind in Kind}


def accepts(target: Target, token: str, kind: Kind) -> bool:
    """Whether the token verifies; whatever else it raises than a refusal goes through."""
    with target.app.app_context():
        try:
            verify(token, kind)
        except BadToken:
            return False
    return True


@fuzzed(0.6)
@given(kind=KINDS, whose=st.sampled_from((0, 1)), bends=BENDS)
def test_a_bent_token_counts_only_if_it_is_one_that_was_issued(
    target: Target, kind: Kind, whose: int, bends: list[Bend]
) -> None:
    good = issued(target)

    for token in bent(good[kind][whose], bends, good[Kind.ACCESS] + good[Kind.REFRESH]):
        assert {each for each in Kind if accepts(target, token, each)} == {each for each in Kind if token in good[each]}


@fuzzed(0.2)
@given(kind=KINDS, header=st.just({}) | CHANGES, claims=CHANGES, dropped=st.sets(st.sampled_from(NAMES), max_size=1))
def test_nothing_that_the_real_key_signs_makes_verification_stumble(
    target: Target, kind: Kind, header: dict[str, Any], claims: dict[str, Any], dropped: set[str]
) -> None:
    bench = target.bench(kind)
    said = {name: value for name, value in (bench.claims | claims).items() if name not in dropped}

    accepted = accepts(target, bench.token(json_text((bench.header | header).items()), json_text(said.items())), kind)

    assert not accepted or said.keys() >= REQUIRED[kind]


@fuzzed(0.1)
@given(kind=KINDS, where=st.sampled_from((0, 1)), value=VALUES)
def test_json_that_is_no_token_is_refused_even_if_the_real_key_signed_it(
    target: Target, kind: Kind, where: int, value: Any
) -> None:
    bench = target.bench(kind)
    texts = [json_text(bench.header.items()), json_text(bench.claims.items())]
    texts[where] = json.dumps(value).encode()

    assert not accepts(target, bench.token(*texts), kind)


@fuzzed(0.05)
@given(kind=KINDS, token=TEXTS)
def test_any_text_is_refused(target: Target, kind: Kind, token: str) -> None:
    assert not accepts(target, token, kind)


@fuzzed(0.05)
@given(way=st.sampled_from(Way), bends=BENDS)
def test_a_bent_token_is_refused_over_http(target: Target, way: Way, bends: list[Bend]) -> None:
    good = issued(target)
    *_, token = bent(good[Kind.ACCESS][0], bends, good[Kind.ACCESS] + good[Kind.REFRESH])

    answer = target.knock(Kind.ACCESS, way, token)

    assert answer.status_code == (200 if _carried(way, token) in good[Kind.ACCESS] else 401)


def _carried(way: Way, token: str) -> str | None:
    """What is left of the token when it arrives: a cookie's own grammar may end it early, or take things away."""
    return token if way is Way.BEARER else parse_cookie(f"token={on_the_wire(token)}").get("token")
