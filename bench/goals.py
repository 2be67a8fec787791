"""What Latchkey wants to reach, and whether a run reached it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.load import Figures
from bench.results import Results, Row
from bench.works import Work

LATCHKEY, GRANIAN = "latchkey", "latchkey_granian"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """How many times better than somebody else: in CPU time of a request, or by rate."""

    work: Work
    other: str
    least: Mapping[str, float]
    by_rate: bool = False
    who: str = LATCHKEY

    def seen(self, results: Results, database: str) -> tuple[float, float, float] | None:
        """How many times better it was, and the least and the most in single rounds; None if not measured, or void."""
        both = [results.row(database, self.work, name) for name in (self.who, self.other)]
        if any(each.void for each in both):
            return None
        rounds = [results.figures(database, self.work, name) for name in (self.who, self.other)]
        each = [self._times(*pair) for pair in zip(*rounds, strict=False)]
        return self._times(*both), min(each), max(each)

    def _times(self, ours: Row | Figures, theirs: Row | Figures) -> float:
        return ours.rate / theirs.rate if self.by_rate else theirs.cpu_ms_each / ours.cpu_ms_each


def _both(sqlite: float, postgresql: float) -> dict[str, float]:
    return {"sqlite": sqlite, "postgresql": postgresql}


GOALS = (
    Goal(work=Work.ME, other="floor", least=_both(1 / 2.0, 1 / 2.6)),
    Goal(work=Work.ME, other="floor_patient", least=_both(1 / 2.0, 1 / 2.6)),
    Goal(work=Work.ME, other="jwt_guide", least=_both(2.0, 2.2)),
    Goal(work=Work.ME, other="opaque", least=_both(1.4, 1.8)),
    Goal(work=Work.TASKS, other="jwt_guide", least=_both(2.5, 2.5)),
    Goal(work=Work.TASKS, other="opaque", least=_both(2.0, 2.0)),
    Goal(work=Work.REFRESH, other="jwt_guide", least=_both(1.8, 1.8)),
    Goal(work=Work.REFRESH, other="drf", least=_both(3.0, 3.0)),
    Goal(work=Work.LOGOUT, other="jwt_guide", least=_both(1.8, 2.0)),
    Goal(work=Work.ME, other="express", least=_both(1.2, 1.2)),
    Goal(work=Work.TASKS, other="express", least=_both(1.2, 1.2)),
    Goal(work=Work.ME, other="express_tuned", least={"postgresql": 1.0}),
    Goal(work=Work.ME, other="express_tuned", least={"postgresql": 1.2}, who=GRANIAN),
    Goal(work=Work.LOGIN, other="bcrypt", least=_both(0.95, 0.95), by_rate=True),
    Goal(work=Work.ME, other="latchkey", least=_both(0.95, 0.95), by_rate=True, who="latchkey_1000000"),
)
MOST_MIB = _both(70, 80)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One goal on one database."""

    what: str
    database: str
    wanted: str
    seen: str
    reached: bool
    clear: bool = True  # each single round says the same


def verdicts(results: Results) -> Iterator[Verdict]:
    """Every goal that this run can tell about."""
    for goal in GOALS:
        for database, least in goal.least.items():
            if not (found := goal.seen(results, database)):
                continue
            seen, lowest, highest = found
            unit = "rate" if goal.by_rate else "CPU"
            yield Verdict(
                what=f"{goal.work} {results.titles[goal.who]} against {results.titles[goal.other]}, {unit}",
                database=database,
                wanted=f">= {least:.2f}x",
                seen=f"{seen:.2f}x ({lowest:.2f} to {highest:.2f})",
                reached=seen >= least,
                clear=(lowest >= least) == (highest >= least),
            )
    for database, sizes in results.memory_mib.items():
        if LATCHKEY in sizes:
            resident, most = sizes[LATCHKEY][0], MOST_MIB[database]
            wanted, seen_mib = f"<= {most:.0f} MiB", f"{resident:.0f} MiB"
            what = "memory of a worker"
            yield Verdict(what=what, database=database, wanted=wanted, seen=seen_mib, reached=resident <= most)
