"""Whatever is wrong with a token: the one answer, nothing written, nobody asked, and the good token still works."""

import pytest

from app.auth.tokens import Kind
from tests.auth.attacks import claims, confusion, headers, kids, signatures, spellings, strangers, texts, unsigned
from tests.auth.attacks.attack import Attempt, Way, attempts
from tests.auth.attacks.deployments import Targets
from tests.auth.attacks.target import seen
from tests.cast import code

THEMES = (unsigned, signatures, confusion, kids, headers, texts, claims, spellings, strangers)
ATTACKS = [attack for theme in THEMES for attack in theme.ATTACKS]
MOST_STATEMENTS = {Kind.ACCESS: 1, Kind.REFRESH: 2}  # as many as it takes to ask for a newer ring


@pytest.mark.parametrize("attempt", [*attempts(ATTACKS)], ids=str)
def test_an_attack_gets_the_one_answer(targets: Targets, visitors: list[str], attempt: Attempt) -> None:
    target, kind, ways = targets(attempt.ring), attempt.kind, attempt.attack.ways
    expected = {way: target.refusals[kind, way] for way in ways}
    bench = target.bench(kind)
    forged = attempt.attack.forge(bench)
    target.statements.clear()

    answers = {way: seen(target.knock(kind, way, forged)) for way in ways}

    assert forged != bench.good
    assert answers == expected
    assert len(target.statements) <= MOST_STATEMENTS[kind] * len(ways)
    assert all(statement.startswith("SELECT") for statement in target.statements)
    assert target.still_lets_alice_in(kind)
    assert visitors == []


@pytest.mark.parametrize(("kind", "refusal"), [(Kind.ACCESS, "token_invalid"), (Kind.REFRESH, "refresh_invalid")])
@pytest.mark.parametrize("way", Way)
def test_the_one_answer_is_that_of_the_contract(targets: Targets, kind: Kind, refusal: str, way: Way) -> None:
    target = targets("HS256")

    answer = target.knock(kind, way, "x")

    assert code(answer) == (401, refusal)
    assert answer.get_json().keys() == {"type", "title", "status", "code", "action", "request_id"}
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="latchkey", error="invalid_token"'
    assert len(answer.headers.getlist("Set-Cookie")) == (2 if way is Way.COOKIE else 0)


def test_there_are_more_attacks_than_were_asked_for() -> None:
    assert len(ATTACKS) >= 250
