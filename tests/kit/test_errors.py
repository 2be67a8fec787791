"""A problem's name makes its code, its docstring the title; a class below it says the same code in other words."""

import pytest

from app.access.problems import CsrfFailed
from app.kit.errors import Action, Problem, family
from app.kit.problems import NotFound, PayloadTooLarge, Unavailable


class CupboardBare(NotFound):
    """There is nothing in the cupboard.

    Not even a bone.
    """


class DogUnfed(CupboardBare):
    """There is nothing for the dog."""


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Unavailable, "unavailable"),
        (CsrfFailed, "csrf_failed"),
        (PayloadTooLarge, "payload_too_large"),
    ],
)
def test_the_words_of_the_name_are_the_words_of_the_code(problem: type[Problem], code: str) -> None:
    assert problem.code == code


def test_the_title_is_the_first_line_of_the_docstring() -> None:
    assert NotFound.title == "There is nothing here, or it is not yours."


@pytest.mark.parametrize(
    ("problem", "detail"),
    [(CupboardBare, "There is nothing in the cupboard."), (DogUnfed, "There is nothing for the dog.")],
)
def test_a_class_below_says_the_same_code_in_other_words(problem: type[Problem], detail: str) -> None:
    body = problem().body("1")

    assert body["detail"] == detail
    assert {**body, "detail": "-"} == {**NotFound("-").body("1")}


def test_a_detail_said_when_it_is_raised_wins() -> None:
    body = DogUnfed("The dog was dead.").body("1")

    assert body["detail"] == "The dog was dead."


def test_without_a_detail_there_is_no_such_member() -> None:
    assert "detail" not in NotFound().body("1")


def test_further_members_and_headers_are_of_this_refusal_only() -> None:
    refusal = Unavailable(members={"part": "mail"}, headers={"Retry-After": "7"})

    assert refusal.body("1")["part"] == "mail"
    assert refusal.headers == {"Retry-After": "7"}
    assert Unavailable().headers == {}


def test_the_family_of_a_problem_is_the_class_and_all_below_it() -> None:
    assert {NotFound, CupboardBare, DogUnfed} <= set(family(NotFound))
    assert next(family(NotFound)) is NotFound


def test_nothing_helps_unless_the_class_says_so() -> None:
    assert (NotFound.action, Unavailable.action) == (Action.NONE, Action.RETRY)
    assert not NotFound.stands
