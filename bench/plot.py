"""The plot of a run, as SVG: for each database and work, CPU time, throughput and p99 of everybody who did it."""

from collections.abc import Iterator
from html import escape

from bench.report import OURS, measured
from bench.results import Results, Row
from bench.works import Work

LINE, NAME, COLUMN, BAR, GAP = 18, 280, 210, 130, 30
COLUMNS = (
    ("cpu_ms_each", "CPU ms/request, less is better", "{:.2f}"),
    ("rate", "requests/s, more is better", "{:.0f}"),
    ("p99_ms", "p99 ms, less is better", "{:.0f}"),
)
TITLE = "Latchkey and its peers: CPU time of a request, requests a second, and p99"
WIDTH = NAME + COLUMN * len(COLUMNS)
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #222 } .head { font-weight: 600 } .column { fill: #666 }
.theirs { fill: #9aa7b8 } .ours { fill: #2f6fde } .paper { fill: #fff } svg { background: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #e8e8e8 } .column { fill: #aaa } .theirs { fill: #5d6b7d } .ours { fill: #6ea0ff }
  .paper { fill: #16181d } svg { background: #16181d }
}"""


def svg(results: Results) -> str:
    """The whole run."""
    shapes, height = [_text(8, GAP, _told(results), "column")], GAP + LINE + GAP
    for database, work in dict.fromkeys((each.database, each.work) for each in results.samples):
        panel, height = _panel(results, database, work, height)
        shapes += panel
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    head += f"<title>{TITLE}</title>"
    paper = f'<rect class="paper" width="{WIDTH}" height="{height}"/>'
    return "\n".join((head, f"<style>{STYLE}</style>", paper, *shapes, "</svg>", ""))


def _told(results: Results) -> str:
    where = ", ".join(results.machine[name] for name in ("date", "processor", "commit") if name in results.machine)
    return f"{where}. Medians of {results.options.get('rounds', '?')} rounds; each group has a scale of its own."


def _panel(results: Results, database: str, work: str, top: int) -> tuple[list[str], int]:
    """One database and work: its shapes, and where the next panel begins."""
    rows = {name: results.row(database, work, name) for name in measured(results, database, work)}
    shapes = [_text(8, top, f"{work} {Work(work).told}, {database}", "head")]
    shapes += [_text(NAME + n * COLUMN, top, title, "column") for n, (_, title, _) in enumerate(COLUMNS)]
    for name, row in rows.items():
        top += LINE
        shapes.append(_text(8, top, results.titles[name], ""))
        shapes += [_text(NAME, top, "void", "column")] if row.void else _bars(name, row, [*rows.values()], top)
    return shapes, top + LINE + GAP


def _bars(name: str, row: Row, others: list[Row], top: int) -> Iterator[str]:
    colour = "ours" if name.startswith(OURS) else "theirs"
    for n, (figure, _, shown) in enumerate(COLUMNS):
        value, most = getattr(row, figure), max(getattr(each, figure) for each in others)
        length = max(1.0, BAR * value / most) if most else 1.0
        left = NAME + n * COLUMN
        yield f'<rect class="{colour}" x="{left}" y="{top - 11}" width="{length:.1f}" height="13" rx="2"/>'
        yield _text(left + length + 6, top, shown.format(value), "")


def _text(left: float, top: int, text: str, kind: str) -> str:
    return f'<text x="{left:.1f}" y="{top}" class="{kind}">{escape(text)}</text>'
