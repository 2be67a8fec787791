"""The table of a run, in Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.goals import verdicts
from bench.results import Results, Row
from bench.works import Work

OURS = "latchkey"
TITLE = "# Latchkey and its peers, measured side by side"
LEGEND = (
    "Each figure is the median of the rounds, in brackets the least and the most. The two last columns are ratios of",
    "medians: above 1 Latchkey needs less, or does more. CPU: of all processes of the server and of its database.",
)
HEAD = ("", "requests/s", "CPU ms/request", "of it PostgreSQL", "p99 ms", "CPU, theirs / ours", "rate, ours / theirs")
GOALS_HEAD = ("goal", "database", "wanted", "seen", "reached")
FEW = 100
YES_NO = {True: "yes", False: "**no**"}
UNCLEAR = ", within the spread"
MEMORY_HEAD = ("", "RSS MiB", "PSS MiB")


def markdown(results: Results) -> str:
    """The whole run: a table for each database and work, then memory, versions and machine."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    yield from (TITLE, "", *LEGEND)
    if cut := _cut(results):
        yield from ("", f"**{cut}**")
    for database, work in dict.fromkeys((each.database, each.work) for each in results.samples):
        yield from ("", f"**{work} {Work(work).told}, {database}**", "")
        yield from _table(HEAD, [_cells(results, database, work, name) for name in measured(results, database, work)])
    for database, sizes in results.memory_mib.items():
        yield from ("", f"**Memory of the largest worker after the run, {database}**", "")
        cells = [(results.titles[name], *(f"{each:.1f}" for each in both)) for name, both in sizes.items()]
        yield from _table(MEMORY_HEAD, cells)
    told = [
        (each.what, each.database, each.wanted, each.seen, YES_NO[each.reached] + ("" if each.clear else UNCLEAR))
        for each in verdicts(results)
    ]
    if told:
        yield from ("", "**Goals**", "", *_table(GOALS_HEAD, told))
    yield ""
    yield from (f"- left out: {results.titles[name]}, {why}" for name, why in results.left_out.items())
    yield from (f"- {name}: {text}" for name, text in (results.machine | results.versions).items())
    yield f"- options: {', '.join(f'{name} {text}' for name, text in results.options.items())}"


def _cut(results: Results) -> str:
    """What to say of a run that ended too early."""
    wanted = results.options.get("rounds", 0)
    counts = Counter((each.database, each.work, each.contender) for each in results.samples)
    short = [count for count in counts.values() if count < wanted]
    return f"Cut short: {len(short)} of {len(counts)} rows have fewer than {wanted} rounds." if short else ""


def measured(results: Results, database: str, work: str) -> list[str]:
    """Who did this work, in the order of the first round."""
    return list(
        dict.fromkeys(each.contender for each in results.samples if (each.database, each.work) == (database, work))
    )


def _cells(results: Results, database: str, work: str, name: str) -> tuple[str, ...]:
    row, ours = results.row(database, work, name), results.row(database, work, OURS)
    title = results.titles[name]
    if row.void:
        return (title, "void", row.void, "", "", "", "")
    cpu = f"{row.cpu_ms_each:.2f} ({row.cpu_span[0]:.2f} to {row.cpu_span[1]:.2f})"
    share = f"{row.database_ms_each:.2f}" if row.database_ms_each else ""
    return (title, _short(row.rate), cpu, share, f"{row.p99_ms:.0f}", *_ratios(row, ours))


def _ratios(row: Row, ours: Row) -> tuple[str, str]:
    if ours.void:
        return ("", "")
    return (f"{row.cpu_ms_each / ours.cpu_ms_each:.2f}", f"{ours.rate / row.rate:.2f}")


def _short(rate: float) -> str:
    return f"{rate:.2f}" if rate < FEW else f"{rate:.0f}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
