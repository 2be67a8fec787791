"""The problems that there are, against the contract's table."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import app as application
from app.kit.errors import Problem, family, problem_classes
from tests.cast import Browser
from tests.errors.contract import ACTIONS

BUILT = sorted(code for _, code in ACTIONS)


def ours() -> list[type[Problem]]:
    """One class for each code of the application, whatever it imports at the start."""
    for module in walk_packages(application.__path__, "app."):
        import_module(module.name)
    return [each for each in problem_classes() if each.__module__.startswith("app.")]


def test_every_problem_stands_in_the_contract_with_its_status_and_action() -> None:
    told = {(int(each.status), each.code): str(each.action) for each in ours()}

    assert told.items() <= ACTIONS.items()


def test_every_row_of_the_contract_is_a_problem() -> None:
    codes = {each.code for each in ours()}

    assert {code for _, code in ACTIONS} == codes


def test_whoever_says_a_code_in_other_words_says_it_with_the_same_status_and_action() -> None:
    for problem in ours():
        said = {(each.code, each.status, each.action, each.title) for each in family(problem)}

        assert len(said) == 1


def test_only_what_must_keep_its_writes_stands() -> None:
    everything = [each for problem in ours() for each in family(problem)]

    standing = {each.__name__ for each in everything if each.stands and each.__module__.startswith("app.")}

    assert standing == {"RefreshReused", "InvalidCredentials", "AccountDisabled", "EmailUnverified", "InvalidPassword"}


def test_all_problems_are_listed_in_the_order_of_status_and_code(stranger: Browser) -> None:
    answer = stranger.get("/problems")

    listed = [(each["status"], each["code"]) for each in answer.get_json()["items"]]
    assert listed == sorted((int(each.status), each.code) for each in ours())


@pytest.mark.parametrize("code", BUILT)
def test_every_problem_is_explained_where_its_type_points(stranger: Browser, code: str) -> None:
    listed = {each["code"]: each for each in stranger.get("/problems").get_json()["items"]}

    answer = stranger.get(f"/problems/{code}")

    explained = answer.get_json()
    assert explained == listed[code]
    assert explained["type"] == f"/problems/{code}"
    assert ACTIONS[explained["status"], code] == explained["action"]
    assert explained["title"].endswith(".")
    assert explained["help"].endswith(".")
