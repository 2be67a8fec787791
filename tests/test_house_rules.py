"""The law of the house: what ruff, mypy and import-linter cannot say."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import PurePath

import pytest

import app
from app.kit.errors import family, problem_classes
from tests.house.source import ROOT, Function, Source, does, files, last_name, public_definitions, sources

APP = sources(app.__name__)  # its import brought every model and every problem
TESTS = sources("tests")
BENCH = [each for each in sources("bench") if "bench/build/" not in each.name]
HOUSE = [
    *APP,
    *TESTS,
    *BENCH,
    *sources("config.py", "environment.py", "safety.py", "serving", "wsgi.py"),
    *sources("gunicorn.conf.py", "migrations"),
]

MAX_FUNCTION = 30
MAX_MODULE = 250
MIN_WORDS = 3
HOMELESS = {"utils", "util", "helpers", "common", "base", "manager", "managers", "misc", "tools", "lib"}
REQUESTS = {"request", "g", "session", "Response", "make_response", "after_this_request", "redirect", "jsonify"}
MAY_TOUCH_REQUESTS = re.compile(r"app/(kit|access|auth)/|/views\.py$")
MAY_SETTLE = {"app/kit/database.py"}
MAY_IMPORT_LATE = {
    "environment.py": "whether the driver is there",
    "app/kit/connections.py": "an extra's driver",
    "app/kit/limits.py": "the same",
    "app/kit/database.py": "INSERT ... ON CONFLICT of the one kind of database that is used",
    "app/kit/migrations.py": "10 MiB that only `flask db` needs",
    "app/users/strength.py": "a dictionary of 2 MB that few processes need",
}
MAY_STAND = {"RefreshReused", "InvalidCredentials", "AccountDisabled", "EmailUnverified", "InvalidPassword"}
MAY_GIVE_NONE = {
    "recognise": "the guards ask the next recogniser",
}
SECRET = re.compile(r"(digest|token|secret|csrf|hash|password|signature|jti)$", re.IGNORECASE)
MAY_COMPARE = {
    "User.password_hash == login.password_hash": "SQL: the row as it was read",
    "Session.refresh_jti == sa.bindparam('spent')": "SQL: one conditional write decides",
    "MailedToken.digest == digest": "SQL: of what only its owner can know",
    "session.spent_jti == refresh_jti": "of an authentic token: whoever sends it knows it",
    "session.refresh_jti == refresh_jti": "the same",
}
MARK = re.compile(r"#\s*(?:ruff: )?(?:noqa|type: ignore)(?P<codes>:[ A-Z0-9,]*\d|\[[a-z, -]+\])?(?P<reason>.*)")
OF_A_MACHINE = re.compile(r"(?<![\w.:~-])/(home|root|Users|work|mnt)/\w")

pytestmark = pytest.mark.no_cover  # what they read, they do not run


def test_no_function_is_longer_than_thirty_lines() -> None:
    lengths = {each.at(node.lineno, node.name): _lines(node) for each in HOUSE for node in each.functions}

    assert {where: lines for where, lines in lengths.items() if lines > MAX_FUNCTION} == {}


def test_no_module_is_longer_than_two_hundred_and_fifty_lines() -> None:
    lengths = {each.name: len(each.text.splitlines()) for each in HOUSE}

    assert {name: lines for name, lines in lengths.items() if lines > MAX_MODULE} == {}


def test_every_module_class_and_public_function_makes_its_promise() -> None:
    silent = [each.name for each in APP if not ast.get_docstring(each.tree)]
    for each in APP:
        silent += [each.at(node.lineno, node.name) for node in public_definitions(each.tree) if not _promises(node)]

    assert silent == []


def test_no_module_has_a_name_without_a_meaning() -> None:
    assert [each.name for each in HOUSE if HOMELESS & {*PurePath(each.name).with_suffix("").parts}] == []


def test_nobody_settles_the_transaction_but_the_one_place() -> None:
    settling = [
        each.at(call.lineno, ast.unparse(call))
        for each in APP
        for call in each.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]

    assert {where.partition(":")[0] for where in settling} == MAY_SETTLE


def test_only_views_access_and_kit_touch_the_request() -> None:
    touching = [
        each.at(node.lineno, ast.unparse(node))
        for each in APP
        if not MAY_TOUCH_REQUESTS.search(each.name)
        for node in each.imports
        if _imports_from_flask(node) & REQUESTS
    ]

    assert touching == []


def test_imports_stand_at_the_top() -> None:
    served = [each for each in HOUSE if each.name != "gunicorn.conf.py"]
    late = [each.at(node.lineno, ast.unparse(node)) for each in served for node in each.imports if node.col_offset]

    assert late == []


def test_only_those_with_a_reason_import_late_by_name() -> None:
    served = [each for each in HOUSE if each not in TESTS]
    late = {each.name for each in served for call in each.calls if last_name(call) in {"import_module", "__import__"}}

    assert late <= MAY_IMPORT_LATE.keys()


def test_secrets_are_not_compared_with_equals() -> None:
    compared = {text: each.at(line) for each in APP for line, text in _comparisons(each)}

    assert {text: where for text, where in compared.items() if text not in MAY_COMPARE} == {}
    assert compared.keys() >= MAY_COMPARE.keys()


def test_none_comes_only_from_functions_that_say_so() -> None:
    giving = [
        each.at(node.lineno, node.name)
        for each in APP
        for node in each.functions
        if node.returns is not None and re.search(r"\| None\b|Optional", ast.unparse(node.returns))
        if not node.name.endswith("_or_none") and node.name not in MAY_GIVE_NONE and not _is_method(each, node)
    ]

    assert giving == []


def test_a_yes_or_no_is_said_by_name() -> None:
    unnamed = [
        each.at(node.lineno, node.name, argument.arg)
        for each in HOUSE
        for node in each.functions
        for argument in (*node.args.posonlyargs, *node.args.args)
        if argument.annotation is not None and re.fullmatch(r"bool( \| None)?", ast.unparse(argument.annotation))
    ]

    assert unnamed == []


def test_no_exception_from_the_rules_goes_without_its_code_and_reason() -> None:
    assert [finding for each in HOUSE for finding in _unexplained(each)] == []


def test_what_is_left_to_do_has_its_reason() -> None:
    left = [
        each.at(line, text) for each in HOUSE for line, text in each.comments if re.search(r"\bTODO|FIXME|XXX", text)
    ]

    assert [where for where in left if not re.search(r"TODO: \w+(\W+\w+){2,}", where)] == []


def test_the_name_of_a_test_is_a_sentence() -> None:
    words = {each.at(test.lineno, test.name): len(test.name.split("_")) - 1 for each in TESTS for test in _tests(each)}

    assert {where: count for where, count in words.items() if count < MIN_WORDS} == {}


def test_every_test_asserts_something() -> None:
    helpers = _asserting_helpers()
    idle = [(each, node) for each in TESTS for node in _tests(each) if not _asserts(node, helpers=helpers)]

    assert [each.at(node.lineno, node.name) for each, node in idle] == []


def test_every_package_of_tests_says_what_it_is_about() -> None:
    folders = {each.path.parent for each in TESTS}

    assert [str(each) for each in folders if not ast.get_docstring(Source(each / "__init__.py").tree)] == []


def test_only_named_refusals_keep_what_they_wrote() -> None:
    ours = (each for root in problem_classes() for each in family(root) if each.__module__.startswith("app."))
    standing = {each.__name__ for each in ours if each.stands}

    assert standing == MAY_STAND


def test_nothing_names_a_path_of_somebodys_machine() -> None:
    naming = []
    for path in files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        naming += [f"{path.relative_to(ROOT)}: {found[0]}" for found in OF_A_MACHINE.finditer(text)]

    assert naming == []


def _lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _promises(node: ast.ClassDef | Function) -> bool:
    return bool(ast.get_docstring(node)) or (node.name.startswith("__") and node.name.endswith("__"))


def _imports_from_flask(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return REQUESTS if any(each.name.split(".")[0] in {"flask", "werkzeug"} for each in node.names) else set()
    return {each.name for each in node.names} if node.module in {"flask", "flask.globals"} else set()


def _comparisons(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Compare) and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            sides = [node.left, *node.comparators]
            if any(SECRET.search(last_name(side)) for side in sides):
                yield node.lineno, ast.unparse(node)


def _is_method(source: Source, function: Function) -> bool:
    return any(isinstance(node, ast.ClassDef) and function in node.body for node in source.nodes)


def _unexplained(source: Source) -> Iterator[str]:
    """Exceptions without a code, or whose reason stands neither there, nor in the line above, nor at the first."""
    explained, commented = set[str](), {line for line, _ in source.comments}
    for line, text in source.comments:
        mark = MARK.match(text)
        if mark is None:
            continue
        if mark["reason"].strip(" #-") or line - 1 in commented:
            explained.add(str(mark["codes"]))
        if not mark["codes"] or mark["codes"] not in explained:
            yield source.at(line, text)


def _tests(source: Source) -> list[Function]:
    return [node for node in source.functions if node.name.startswith("test_")]


def _asserting_helpers() -> set[str]:
    """The functions of the tests that assert something, themselves or through each other."""
    found, functions = {"raises"}, [node for each in TESTS for node in each.functions]
    while more := {node.name for node in functions if _asserts(node, helpers=found)} - found:
        found |= more
    return found


def _asserts(function: Function, *, helpers: Collection[str]) -> bool:
    return not does(function).isdisjoint(["assert", *helpers])
