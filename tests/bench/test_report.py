"""What was measured is kept, and shown as a table."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.goals import verdicts
from bench.load import Figures
from bench.plot import svg
from bench.report import markdown
from bench.results import Results, Sample

FIGURES = Figures(requests=1000, seconds=2.0, cpu_ms=500.0, p50_ms=1.0, p99_ms=9.0)
SLOWER = replace(FIGURES, cpu_ms=1500.0, database_ms=250.0)


@pytest.fixture
def results() -> Results:
    """Two contenders, three rounds each; the guide took three times the CPU time."""
    samples = [
        Sample(database="sqlite", work="W1", contender=name, round=turn, figures=figures)
        for name, figures in (("latchkey", FIGURES), ("jwt_guide", SLOWER))
        for turn in range(3)
    ]
    titles = {"latchkey": "Latchkey", "jwt_guide": "the guide"}
    return Results(
        machine={"cores": "2"}, titles=titles, samples=samples, memory_mib={"sqlite": {"latchkey": (64, 50)}}
    )


def test_what_was_kept_is_read_again(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "run.json")

    assert markdown(Results.load(tmp_path / "run.json")) == markdown(results)


def test_a_row_tells_the_medians_and_the_ratio(results: Results) -> None:
    table = markdown(results)

    assert "| Latchkey | 500 | 0.50 (0.50 to 0.50) |  | 9 | 1.00 | 1.00 |" in table
    assert "| the guide | 500 | 1.50 (1.50 to 1.50) | 0.25 | 9 | 3.00 | 1.00 |" in table
    assert "| Latchkey | 64.0 | 50.0 |" in table


def test_one_refused_request_voids_the_row(results: Results) -> None:
    last = results.samples[-1]
    results.samples[-1] = replace(last, figures=replace(SLOWER, void="1 refused, 0 broken of 1000"))

    assert "| the guide | void | 1 refused, 0 broken of 1000 |  |  |  |  |" in markdown(results)


def test_a_goal_is_reached_or_it_is_not(results: Results) -> None:
    met = {each.what: each.reached for each in verdicts(results)}
    worse = replace(
        results, titles={"latchkey": "the guide", "jwt_guide": "Latchkey"}, samples=swapped(results.samples)
    )

    assert met == {"W1 Latchkey against the guide, CPU": True, "memory of a worker": True}
    assert [each.reached for each in verdicts(worse)] == [False, True]


def test_a_goal_within_the_spread_says_so(results: Results) -> None:
    results.samples[-1] = replace(results.samples[-1], figures=replace(SLOWER, cpu_ms=600.0))

    (goal, _memory) = verdicts(results)

    assert (goal.seen, goal.reached, goal.clear) == ("3.00x (1.20 to 3.00)", True, False)
    assert "| 3.00x (1.20 to 3.00) | yes, within the spread |" in markdown(results)


def test_a_run_that_was_cut_says_so(results: Results) -> None:
    whole = markdown(replace(results, options={"rounds": 3}))
    del results.samples[-1]

    assert "Cut short" not in whole
    assert "**Cut short: 1 of 2 rows have fewer than 3 rounds.**" in markdown(replace(results, options={"rounds": 3}))


def test_the_plot_names_everybody_and_every_work(results: Results) -> None:
    drawn = ET.fromstring(svg(results))  # noqa: S314  our own

    words = " ".join(drawn.itertext())
    assert [each in words for each in ("W1 GET me, sqlite", "Latchkey", "the guide", "1.50")] == [True] * 4


def swapped(samples: list[Sample]) -> list[Sample]:
    """The same, as if each had done the other's."""
    other = {"latchkey": "jwt_guide", "jwt_guide": "latchkey"}
    return [replace(each, contender=other[each.contender]) for each in samples]
