"""What is bent, and how often: a little in the ordinary suite, or as often as FUZZ says."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import settings

from tests.auth.attacks.attack import RINGS
from tests.auth.attacks.deployments import Targets, deployments
from tests.auth.attacks.target import Target

TOTAL = int(os.environ.get("FUZZ", "1500"))
PORTIONS = max(1, TOTAL // 25_000)  # each begins anew, so that what hypothesis remembers stays small


def fuzzed(share: float) -> settings:
    """Run the test with its share of all examples."""
    return settings(max_examples=max(1, round(TOTAL * share / len(RINGS) / PORTIONS)), deadline=None)


@pytest.fixture(scope="package", params=range(PORTIONS))
def portion(request: pytest.FixtureRequest) -> int:
    """The number of the portion."""
    number: int = request.param
    return number


@pytest.fixture(scope="package")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    """The deployment that signs with the algorithm."""
    long = timedelta(days=1)  # a million examples take their time
    with deployments(tmp_path_factory, canary="http://127.0.0.1:9", access_token_ttl=long) as made:
        yield made


@pytest.fixture(scope="package", params=RINGS)
def target(request: pytest.FixtureRequest, targets: Targets) -> Target:
    """A deployment of each algorithm."""
    return targets(request.param)
