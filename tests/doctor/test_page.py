"""docs/doctor.md: every check, and every finding of each."""

import ast
import re

from app.doctor import service
from tests.house.source import ROOT, last_name, sources

ROWS = re.findall(r"^\| `(\w+)` \| (.*?) \|$", (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8"), re.MULTILINE)
SAYS = {"fatal", "warning", "note", "severe"}


def test_the_page_lists_every_check_in_its_order() -> None:
    assert [check for check, _ in ROWS] == [each.id for each in service.CHECKS]


def test_the_page_lists_every_finding() -> None:
    listed = {f"{check}.{name}" for check, cells in ROWS for name in re.findall(r"`([a-z-]+|\*)`[^(]*?", _plain(cells))}

    assert listed == set(said())


def _plain(cells: str) -> str:
    """The names of a row, without what is said about them in brackets."""
    return re.sub(r"\(.*?\)", "", cells)


def said() -> list[str]:
    """The ids in the source; what is filled in there is a `*`."""
    calls = [call for each in sources("app/doctor") for call in each.calls if call.args]
    names = [name for call in calls if _makes_a_finding(call) for name in _names(call.args[0])]
    return [name for name in names if "." in name and not name.endswith(".unknown") and name != "*.unknown"]


def _makes_a_finding(call: ast.Call) -> bool:
    return last_name(call.func) in SAYS or isinstance(call.func, ast.IfExp)


def _names(argument: ast.expr) -> list[str]:
    match argument:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.IfExp(body=one, orelse=other):
            return _names(one) + _names(other)
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "*" for part in parts)]  # type: ignore[misc]  # text, in an f-string
    return []
