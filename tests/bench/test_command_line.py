"""`python -m bench`: what is asked for, and one short real run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import KEPT, alone, parser, plan
from bench.contenders import CONTENDERS, USUAL
from bench.works import Work
from tests.counts import ONLY_PROVEN
from tests.services import lacking

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = ("--contenders", "latchkey", "latchkey_granian", "floor", "jwt_guide", "opaque", "drf")
KEPT_RUN = min(each.stem for each in KEPT.glob("*.json"))
SHORT = ("--works", "W1", "W4", "W5", "--rounds", "1", "--seconds", "1", "--users", "100")


def test_without_options_everybody_does_everything_five_times() -> None:
    whole = plan(parser().parse_args([]))

    assert [*whole.contenders] == USUAL
    assert [*whole.works] == [*Work]
    assert (whole.databases, whole.rounds) == (["sqlite", "postgresql"], 5)
    assert whole.minutes < 25


def test_only_what_is_named_is_measured() -> None:
    part = plan(parser().parse_args(["--contenders", "floor", "--works", "W1", "W5", "--databases", "sqlite"]))

    assert ([each.name for each in part.contenders], part.works) == (["floor"], [Work.ME, Work.LOGOUT])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--contenders", "nobody"],
        ["--rounds", "0"],
        ["--seconds", "-1"],
        ["--users", "many"],
        ["--name", ""],
        ["--name", "../elsewhere"],
        ["--name", KEPT_RUN],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        parser().parse_args(arguments)

    assert refused.value.code == 2


def test_nothing_to_measure_is_refused() -> None:
    done = run("--contenders", "bcrypt", "--works", "W1")

    assert (done.returncode, "does any of these works" in done.stderr) == (2, True)


def test_two_at_once_would_spoil_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.__main__.BUILD", tmp_path)

    with alone(), pytest.raises(SystemExit), alone():
        pass


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark to its end."""
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True, text=True)


@ONLY_PROVEN
def test_a_short_run_measures_every_row() -> None:
    if shutil.which("wrk") is None:
        lacking("wrk is not installed; on Debian and Ubuntu: apt install wrk")

    done = run(*RUN, *SHORT)

    rows = [done.stdout.count(f"\n| {CONTENDERS[name].title} |") for name in ("latchkey", "jwt_guide", "opaque", "drf")]
    assert (done.returncode, rows, "void" in done.stdout, "left out" in done.stdout) == (0, [8] * 4, False, False)
