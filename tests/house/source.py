"""The project's own source, parsed: what the laws of the house are checked against."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {".ci", ".github", ".env.example", ".gitignore", ".editorconfig"}
LEFT_BEHIND = {"__pycache__", "instance", "build", "dist", "htmlcov"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of Python."""

    path: Path

    @property
    def name(self) -> str:
        """The path from the project's root."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """What is in it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """What Python makes of it."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All that the tree is made of."""
        return [*ast.walk(self.tree)]

    @property
    def functions(self) -> list[Function]:
        """Every function and method, nested ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """Every import, wherever it stands."""
        return [node for node in self.nodes if isinstance(node, ast.Import | ast.ImportFrom)]

    @property
    def calls(self) -> list[ast.Call]:
        """Every call."""
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Every comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(each.start[0], each.string) for each in tokens if each.type == tokenize.COMMENT]

    def at(self, line: int, *what: object) -> str:
        """A finding, as editors can open it."""
        return ": ".join(map(str, (f"{self.name}:{line}", *what)))


def sources(*places: str) -> list[Source]:
    """The Python files in these folders, or these files."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [_parsed_once(path) for path in found]


_parsed_once = cache(Source)


def files() -> list[Path]:
    """Every file that people may read, of whatever kind; not what tools and servers left behind."""
    places = [path for path in ROOT.iterdir() if path.name in SHOWN or path.name[0] != "."]
    found = [each for place in places for each in (place.rglob("*") if place.is_dir() else [place])]
    return [path for path in found if path.is_file() and not LEFT_BEHIND & set(path.relative_to(ROOT).parts)]


def public_definitions(tree: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    """Public classes and functions of a module and of its public classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node)


def last_name(node: ast.expr) -> str:
    """`b` of `a.b`, `a` of `a`, the key of `a["key"]`, the name of what is called; else nothing."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Call(func=function):
            return last_name(function)
    return ""


@cache
def does(function: Function) -> frozenset[str]:
    """The last names of what it calls, and `assert` if it does that."""
    inside = [*ast.walk(function)]
    asserted = {"assert" for node in inside if isinstance(node, ast.Assert)}
    return frozenset(asserted | {last_name(node.func) for node in inside if isinstance(node, ast.Call)})
