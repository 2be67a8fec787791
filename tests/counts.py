"""How often the proofs are run, and what they counted."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

import pytest

PROVE = os.environ.get("PROVE", "")
FIGURES: list[str] = []
ONLY_PROVEN = pytest.mark.prove(only=True)  # left out of the ordinary suite


def count(small: int, prove: int, full: int) -> int:
    """The number for this run: `small` in the ordinary suite, `prove` under PROVE=1, `full` under PROVE=full."""
    return {"": small, "1": prove, "full": full}[PROVE]


@dataclass(slots=True)
class Tally:
    """What a proof counted: its rounds, its requests by outcome, and the seconds they took."""

    name: str
    rounds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)

    def add(self, outcomes: Iterable[str]) -> None:
        """Count one more round with these outcomes."""
        self.rounds += 1
        self.outcomes.update(outcomes)

    def __str__(self) -> str:
        seconds = monotonic() - self.began
        listed = ", ".join(f"{times} x {outcome}" for outcome, times in self.outcomes.most_common())
        return f"{self.name}: {self.rounds} rounds, {self.outcomes.total()} requests ({listed}), {seconds:.1f} s"
