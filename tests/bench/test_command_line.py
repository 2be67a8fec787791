"""`python -m bench`: what is asked for, and one short real run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import parser, plan
from bench.contenders import CONTENDERS, USUAL
from bench.works import Work
from tests.counts import ONLY_PROVEN
from tests.services import lacking

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = ("--contenders", "latchkey", "latchkey_granian", "floor", "jwt_guide", "opaque", "drf")
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


def test_an_unknown_contender_is_refused() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--contenders", "nobody"])


@ONLY_PROVEN
def test_a_short_run_measures_every_row() -> None:
    if shutil.which("wrk") is None:
        lacking("wrk is not installed; on Debian and Ubuntu: apt install wrk")

    done = subprocess.run(
        [sys.executable, "-m", "bench", *RUN, *SHORT],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )

    rows = [done.stdout.count(f"\n| {CONTENDERS[name].title} |") for name in ("latchkey", "jwt_guide", "opaque", "drf")]
    assert (done.returncode, rows, "void" in done.stdout, "left out" in done.stdout) == (0, [8] * 4, False, False)
