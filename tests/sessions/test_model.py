"""The application against a model of users, sessions, rotations, replays, ends, role changes and time."""

from collections import Counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.counts import FIGURES, PROVE, count
from tests.sessions.wider_world import WiderWorld

STEPS = 50
SURELY_TOLD = {  # by the same few examples every time, by a few of chance, by very many
    "": {"401 refresh_reused"},
    "1": {"200", "401 invalid_credentials"},
    "full": {"401 refresh_reused", "401 session_ended refresh_reused", "401 token_expired"},
}


@pytest.mark.prove
def test_whatever_people_do_in_any_order_the_answers_are_the_model_s(
    shared_app: Flask, request: pytest.FixtureRequest
) -> None:
    class ThisWorld(WiderWorld):
        """On this database."""

        app = shared_app
        counted = Counter[str]()

    run_state_machine_as_test(
        ThisWorld,
        settings=settings(
            max_examples=count(5, 15, 1500),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not PROVE,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    FIGURES.append(f"{request.node.name}: {dict(ThisWorld.counted)}")
    assert ThisWorld.counted.keys() >= SURELY_TOLD[PROVE]
