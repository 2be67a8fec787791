"""A run: everybody is served at once and measured in turns, round after round."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import builds, load, plot, report
from bench.checks import Broken, check
from bench.contenders import Contender
from bench.load import CONNECTIONS, Figures
from bench.postgres import cluster
from bench.results import Results, Sample
from bench.servers import LOGS, Server, Size, served
from bench.sockets import DoesNotStart
from bench.works import LOGIN_SPAN, Work

CHAINS = 4 * CONNECTIONS
WARM_UP_SECONDS = 1
START_SECONDS, FILL_SECONDS, PAUSE_SECONDS, LOGIN_PAUSE_SECONDS = 3, 0.0007, 0.2, 1.5  # what goes by besides the load
NOTHING = Figures(requests=0, seconds=1, cpu_ms=0, p50_ms=0, p99_ms=0)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to measure, and how long."""

    contenders: Sequence[Contender]
    works: Sequence[Work]
    databases: Sequence[str]
    rounds: int
    seconds: int
    users: int

    def size(self, contender: Contender) -> Size:
        """What its database must hold for that."""
        seconds = self.rounds * self.seconds + WARM_UP_SECONDS
        logouts = contender.logouts_a_second * seconds * (Work.LOGOUT in self.works)
        return Size(users=self.users, sessions=CHAINS * (self.rounds + 1) + logouts, blocked=contender.blocked)

    @property
    def minutes(self) -> float:
        """About how long it takes, when everything is built."""
        each = dict.fromkeys(Work, self.seconds + PAUSE_SECONDS) | {
            Work.LOGIN: self.seconds * LOGIN_SPAN + LOGIN_PAUSE_SECONDS
        }
        turns = sum(each[work] * self.rounds + WARM_UP_SECONDS for who in self.contenders for work in self.does(who))
        before = (START_SECONDS + FILL_SECONDS * self.users) * len(self.contenders)
        return len(self.databases) * (turns + before) / 60

    def does(self, contender: Contender) -> list[Work]:
        """Which of these works it does."""
        return [work for work in self.works if work in contender.works]


def run(plan: Plan, results: Results, keep: Path | None) -> None:
    """Measure it all; what is measured is kept at once."""
    results.titles |= {each.name: each.title for each in plan.contenders}
    plan = _built(plan, results)
    for database in plan.databases:
        with _served(plan, database, results) as servers:
            for sample in _samples(plan, database, servers):
                results.samples.append(sample)
                _say(sample)
                _keep(results, keep)
            results.memory_mib[database] = {each.contender.name: each.memory_mib() for each in servers}
            _keep(results, keep)


def _built(plan: Plan, results: Results) -> Plan:
    """Build everybody; who cannot be built is left out."""
    able = []
    for each in plan.contenders:
        try:
            results.versions |= builds.ensured(each.build)
            able.append(each)
        except (OSError, builds.BuildFailed) as error:
            results.left_out[each.name] = f"not built: {error}"
    return replace(plan, contenders=able)


@contextmanager
def _served(plan: Plan, database: str, results: Results) -> Iterator[list[Server]]:
    """Everybody on this kind of database; who does not start is left out."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="latchkey-bench-")))
        own = stack.enter_context(cluster()) if database == "postgresql" else None
        results.versions |= {"PostgreSQL": own.version} if own else {}
        servers = []
        for each in plan.contenders:
            print(f"{database:10} filling and starting {each.name} ...", flush=True)
            try:
                servers.append(stack.enter_context(served(each, plan.size(each), folder, own)))
            except (OSError, DoesNotStart, subprocess.SubprocessError) as error:
                results.left_out[each.name] = f"{database}: {error} (what it said: {LOGS})"
        try:
            yield servers
        finally:
            for server in servers:  # all at once; each is then waited for
                server.process.terminate()


def _samples(plan: Plan, database: str, servers: Sequence[Server]) -> Iterator[Sample]:
    for work in plan.works:
        able = [each for each in servers if work in each.contender.works]
        if not able:
            continue
        faults = {each.contender.name: broken(each, work) for each in able}
        for turn in range(plan.rounds):
            first = turn % len(able)  # nobody is always the first
            for server in able[first:] + able[:first]:
                name = server.contender.name
                void = faults[name]
                figures = replace(NOTHING, void=void) if void else _measure(server, work, plan, turn)
                yield Sample(database=database, work=work, contender=name, round=turn, figures=figures)


def broken(server: Server, work: Work) -> str:
    """What is wrong with how the server does this work; nothing, if all is well."""
    try:
        check(server, work)
    except (Broken, OSError, KeyError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _measure(server: Server, work: Work, plan: Plan, turn: int) -> Figures:
    if work is Work.LOGIN:
        return load.put(server, work, [], seconds=plan.seconds * LOGIN_SPAN)
    if turn == 0:
        load.put(server, work, _sessions(server, work, WARM_UP_SECONDS), seconds=WARM_UP_SECONDS)
    return load.put(server, work, _sessions(server, work, plan.seconds), seconds=plan.seconds)


def _sessions(server: Server, work: Work, seconds: int) -> Sequence[str]:
    """The tokens for one load."""
    match work:
        case Work.REFRESH:
            return server.take(CHAINS)
        case Work.LOGOUT:
            return server.take(server.contender.logouts_a_second * seconds)
        case _:
            return server.readers


def _say(sample: Sample) -> None:
    figures = sample.figures
    said = figures.void and f"void: {figures.void}"
    said = said or f"{figures.rate:8.1f}/s {figures.cpu_ms_each:8.3f} ms CPU  p99 {figures.p99_ms:7.1f} ms"
    print(f"{sample.database:10} {sample.work} round {sample.round + 1}  {sample.contender:20} {said}", flush=True)


def _keep(results: Results, path: Path | None) -> None:
    if path is not None:
        results.save(path)
        path.with_suffix(".md").write_text(report.markdown(results), encoding="utf-8")
        path.with_suffix(".svg").write_text(plot.svg(results), encoding="utf-8")
