"""Finding tasks by their words and by how far they have come."""

import pytest

from tests.cast import Service, code

TITLES = [
    "100% sure",
    "100 euros",
    "snake_case",
    "snake case",
    "a back\\slash",
    "a/slash",
    "Über den Wolken",
    "STRASSE",
    "\u65e5\u672c\u8a9e",
    "Crab \U0001f980",
]


@pytest.fixture
def librarian(robot: Service) -> Service:
    """A program with a few tasks."""
    for title in TITLES:
        assert robot.post("/tasks", json={"title": title}).status_code == 201
    return robot


def found(who: Service, **query: str) -> list[str]:
    """The titles that a list shows."""
    answer = who.get("/tasks", query_string=query)
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.get_json()["items"]]


FOUND = {
    "%": ["100% sure"],
    "100%": ["100% sure"],
    "%%": [],
    "_": ["snake_case"],
    "e_c": ["snake_case"],
    "\\": ["a back\\slash"],
    "k\\s": ["a back\\slash"],
    "/": ["a/slash"],
    "/s": ["a/slash"],
    "SNAKE": ["snake case", "snake_case"],
    "strasse": ["STRASSE"],
    "ber den": ["Über den Wolken"],
    "Über": ["Über den Wolken"],
    "\u672c": ["\u65e5\u672c\u8a9e"],
    "\U0001f980": ["Crab \U0001f980"],
    "' OR '1'='1": [],
    "nowhere": [],
    "": list(reversed(TITLES)),
}


def test_words_are_taken_literally_in_any_case(librarian: Service) -> None:
    assert {q: found(librarian, q=q) for q in FOUND} == FOUND


def test_letters_beyond_ascii_match_in_any_case_too(librarian: Service) -> None:
    answers = [found(librarian, q=q) for q in ("über", "ÜBER", "wOLKEN")]

    assert answers == [["Über den Wolken"]] * 3


def test_words_are_looked_for_in_the_description_too(robot: Service) -> None:
    robot.post("/tasks", json={"title": "Rest", "description": "under the apple tree"})

    assert found(robot, q="APPLE") == ["Rest"]


def test_a_status_narrows_the_list(robot: Service) -> None:
    for status in ("todo", "in_progress", "done"):
        robot.post("/tasks", json={"title": status, "status": status})

    assert found(robot, status="in_progress") == ["in_progress"]


def test_status_and_words_narrow_it_together(robot: Service) -> None:
    for title, status in (("tea", "todo"), ("tea", "done"), ("milk", "done")):
        robot.post("/tasks", json={"title": title, "status": status})

    assert found(robot, q="tea", status="done") == ["tea"]


def test_a_search_stays_among_my_tasks(librarian: Service) -> None:
    other = Service(librarian.app, "other@example.com").register().log_in()

    assert found(other, q="snake") == []


BAD_FILTERS = {
    "status=gone": "/status",
    "status=": "/status",
    "status=DONE": "/status",
    "q=%00": "/q",
    "limit=0": "/limit",
    "limit=101": "/limit",
    "limit=-1": "/limit",
    "limit=1.5": "/limit",
    "limit=": "/limit",
    "limit=ten": "/limit",
    "limit=%EF%BC%91": "/limit",
    "limit=99999999999999999999": "/limit",
}


def test_a_bad_filter_is_pointed_at(robot: Service) -> None:
    answers = {query: robot.get(f"/tasks?{query}") for query in BAD_FILTERS}

    assert {code(answer) for answer in answers.values()} == {(422, "validation_failed")}
    pointed = {query: answer.get_json()["errors"][0]["pointer"] for query, answer in answers.items()}
    assert pointed == BAD_FILTERS


def test_unknown_names_and_broken_spelling_are_ignored(robot: Service) -> None:
    odd = ["colour=red", "q=%F0%9F%A6%80&x=1", "=", "&&", "q=%FF", "status=todo&status=done"]

    assert {query: robot.get(f"/tasks?{query}").status_code for query in odd} == dict.fromkeys(odd, 200)
