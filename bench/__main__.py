"""Measure Latchkey beside its peers: throughput, CPU time of a request, memory."""

import argparse
import fcntl
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench import report, runs
from bench.builds import BUILD
from bench.contenders import CONTENDERS, ROOT, USUAL
from bench.results import Results, machine
from bench.works import LOGIN_SPAN, Work

KEPT = ROOT / "bench" / "results"
DATABASES = ("sqlite", "postgresql")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
INTERRUPTED = 130  # as a shell says it


def parser() -> argparse.ArgumentParser:
    """The command line."""
    spoken = argparse.ArgumentParser(prog="python -m bench", description=__doc__)

    def several(option: str, names: Sequence[str], what: str, *, usual: Sequence[str] = ()) -> None:
        listed = f"{what}: {', '.join(names)} (all{' up to ' + usual[-1] if usual else ''})"
        default = [*(usual or names)]
        spoken.add_argument(option, nargs="+", metavar="NAME", choices=names, default=default, help=listed)

    def number(option: str, default: int, what: str) -> None:
        spoken.add_argument(option, type=_some, metavar="N", default=default, help=f"{what} ({default})")

    several("--contenders", [*CONTENDERS], "who is measured", usual=[each.name for each in USUAL])
    several("--works", [*map(str, Work)], ", ".join(f"{each} {each.told}" for each in Work))
    several("--databases", DATABASES, "on which database")
    number("--rounds", 5, "how often each row is measured, in turns")
    number("--seconds", 2, f"how long each time, logins {LOGIN_SPAN} times as long")
    number("--users", 10_000, "accounts in each database")
    kept = "keep the run as bench/results/NAME.json, .md and .svg; without a name it is only shown"
    spoken.add_argument("--name", type=_new, help=kept)
    return spoken


def _some(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is none")
    return number


def _new(name: str) -> str:
    if not NAME.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{name!r}: letters, digits, and . _ - between them")
    if (there := KEPT / f"{name}.json").exists():
        raise argparse.ArgumentTypeError(f"{there} is there already: take another name, or remove it first")
    return name


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


@contextmanager
def alone() -> Iterator[None]:
    """Be the only one that measures in this checkout, or end in one sentence."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another benchmark runs in this checkout: each would spoil the other's figures.")
        yield


def end(number: int, _frame: object) -> None:
    """End in order: every server is ended, and what was measured is shown."""
    print("ended", file=sys.stderr)
    sys.exit(INTERRUPTED if number == signal.SIGINT else 1)


def main() -> None:
    """Run it, and print the table; what was measured before an end by Ctrl-C or TERM is kept and shown."""
    spoken = parser()
    chosen = spoken.parse_args()
    planned, keep = plan(chosen), KEPT / f"{chosen.name}.json" if chosen.name else None
    if not any(map(planned.does, planned.contenders)):
        spoken.error("none of these contenders does any of these works")
    if shutil.which("wrk") is None and {*planned.works} != {Work.LOGIN}:
        sys.exit("wrk is not installed: on Debian and Ubuntu, apt install wrk")
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    shown: dict[str, Any] = {name: vars(chosen)[name] for name in ("rounds", "seconds", "users")}
    results = Results(machine=machine(), options=shown)
    with alone():
        print(f"about {max(1, planned.minutes):.0f} min, and what is not built yet", flush=True)
        try:
            runs.run(planned, results, keep)
        finally:
            print(report.markdown(results))
            print(f"kept: {keep}, with .md and .svg" if keep and keep.exists() else "nothing is kept")


if __name__ == "__main__":
    main()
