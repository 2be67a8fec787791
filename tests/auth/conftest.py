"""The clock of these tests."""

import pytest
from time_machine import TimeMachineFixture

from app.kit import clock


@pytest.fixture
def still(time_machine: TimeMachineFixture) -> None:
    """All happens at one moment: inside the replay window, however busy the machine is."""
    time_machine.move_to(clock.now(), tick=False)
