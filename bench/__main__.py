"""Measure Latchkey beside its peers: throughput, CPU time of a request, memory."""

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import Any

from bench import report, runs
from bench.contenders import CONTENDERS, ROOT, USUAL
from bench.results import Results, machine
from bench.works import LOGIN_SPAN, Work

KEPT = ROOT / "bench" / "results"
DATABASES = ("sqlite", "postgresql")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    spoken = argparse.ArgumentParser(prog="python -m bench", description=__doc__)

    def several(option: str, names: Sequence[str], what: str, *, usual: Sequence[str] = ()) -> None:
        listed = f"{what}: {', '.join(names)} (all{' up to ' + usual[-1] if usual else ''})"
        default = [*(usual or names)]
        spoken.add_argument(option, nargs="+", metavar="NAME", choices=names, default=default, help=listed)

    def number(option: str, default: int, what: str) -> None:
        spoken.add_argument(option, type=int, metavar="N", default=default, help=f"{what} ({default})")

    several("--contenders", [*CONTENDERS], "who is measured", usual=[each.name for each in USUAL])
    several("--works", [*map(str, Work)], ", ".join(f"{each} {each.told}" for each in Work))
    several("--databases", DATABASES, "on which database")
    number("--rounds", 5, "how often each row is measured, in turns")
    number("--seconds", 2, f"how long each time, logins {LOGIN_SPAN} times as long")
    number("--users", 10_000, "accounts in each database")
    spoken.add_argument("--name", default="", help="keep the run as bench/results/NAME.json, .md and .svg")
    return spoken


def plan(chosen: argparse.Namespace) -> runs.Plan:
    """What the command line asks for."""
    return runs.Plan(
        contenders=[CONTENDERS[name] for name in chosen.contenders],
        works=[Work(name) for name in chosen.works],
        databases=chosen.databases,
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        users=chosen.users,
    )


def main() -> None:
    """Run it, and print the table; what was measured before an end by Ctrl-C or TERM is kept and shown."""
    chosen = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    shown: dict[str, Any] = {name: vars(chosen)[name] for name in ("rounds", "seconds", "users")}
    results, planned = Results(machine=machine(), options=shown), plan(chosen)
    print(f"about {planned.minutes:.0f} minutes, and what is not built yet", flush=True)
    try:
        runs.run(planned, results, KEPT / f"{chosen.name}.json" if chosen.name else None)
    finally:
        print(report.markdown(results))


if __name__ == "__main__":
    main()
