"""What was measured: kept as it comes, so that a run that is cut keeps what it has."""

import json
import os
import platform
import sqlite3
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from bench.load import Figures

MEDIANS = ("rate", "cpu_ms_each", "database_ms_each", "p99_ms")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One measurement: who did what, on which database, in which round."""

    database: str
    work: str
    contender: str
    round: int
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class Row:
    """The medians of what one contender did; `void` says why there are none."""

    rate: float = 0.0
    cpu_ms_each: float = 0.0
    database_ms_each: float = 0.0
    p99_ms: float = 0.0
    cpu_span: tuple[float, float] = (0.0, 0.0)  # the least and the most of the rounds
    rounds: int = 0
    void: str = ""


@dataclass(kw_only=True)
class Results:
    """A run."""

    machine: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    memory_mib: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)

    def row(self, database: str, work: str, contender: str) -> Row:
        """The medians of all rounds; one void round makes the row void."""
        found = self.figures(database, work, contender)
        void = next((each.void for each in found if each.void), "" if found else "not measured")
        if void:
            return Row(void=void)
        medians = {name: median(getattr(each, name) for each in found) for name in MEDIANS}
        each = [each.cpu_ms_each for each in found]
        return Row(**medians, cpu_span=(min(each), max(each)), rounds=len(found))

    def figures(self, database: str, work: str, contender: str) -> list[Figures]:
        """What it did in each round."""
        wanted = (database, work, contender)
        return [each.figures for each in self.samples if (each.database, each.work, each.contender) == wanted]

    def save(self, path: Path) -> None:
        """Write it all, in one step."""
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        samples = [Sample(**{**each, "figures": Figures(**each["figures"])}) for each in kept.pop("samples")]
        return cls(**kept, samples=samples)


def machine() -> dict[str, str]:
    """What it runs on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": model,
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "commit": _said("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"),
        "wrk": _said("wrk", "-v").partition(" [")[0],
    }


def _said(*command: str) -> str:
    """The first line that a command says; nothing if it is not there."""
    with suppress(OSError):
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.strip().partition("\n")[0]
    return ""
