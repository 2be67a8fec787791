"""What is attacked, and the attacker's own web server."""

from collections.abc import Iterator

import pytest

from tests.auth.attacks.canary import Canary, canary
from tests.auth.attacks.deployments import Targets, deployments


@pytest.fixture(scope="package")
def _canary() -> Iterator[Canary]:
    with canary() as server:
        yield server


@pytest.fixture
def visitors(_canary: Canary) -> list[str]:
    """Who came to the attacker's web server."""
    return _canary.visitors


@pytest.fixture(scope="package")
def targets(_canary: Canary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    """The deployment that signs with the algorithm."""
    with deployments(tmp_path_factory, canary=_canary.url) as made:
        yield made
