"""Walking through a list that is longer than a page."""

import re
from base64 import urlsafe_b64encode
from itertools import chain
from typing import Any

import pytest

from tests.cast import Service, code

NO_CURSORS = [
    "",
    "x",
    "01939c5e-0000-7000-8000-000000000000",
    urlsafe_b64encode(b"x" * 15).decode(),
    urlsafe_b64encode(b"x" * 16).decode(),
    urlsafe_b64encode(b"x" * 17).decode().rstrip("="),
    urlsafe_b64encode(b"x" * 16).decode().rstrip("=")[:-1] + "B",
    "\u00fc" * 22,
    "=" * 22,
    "A" * 21 + "%",
]


def fill(who: Service, count: int, **fields: str) -> list[str]:
    """So many tasks, newest first."""
    made = [who.post("/tasks", json={"title": f"Task {each}", **fields}).get_json() for each in range(count)]
    return [task["id"] for task in reversed(made)]


def walk(who: Service, path: str) -> list[list[str]]:
    """The ids on each page, following the `Link` headers."""
    pages: list[list[str]] = []
    while path:
        answer = who.get(path)
        body: dict[str, Any] = answer.get_json()
        pages.append([task["id"] for task in body["items"]])
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (body["next_cursor"] is None)
        path = link[1] if link else ""
    return pages


def test_the_newest_task_comes_first(robot: Service) -> None:
    ids = fill(robot, 3)

    assert walk(robot, "/tasks") == [ids]


def test_a_page_holds_twenty_unless_asked(robot: Service) -> None:
    fill(robot, 21)

    assert [len(page) for page in walk(robot, "/tasks")] == [20, 1]


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4]), (100, [4])])
def test_the_pages_together_are_the_list(robot: Service, limit: int, sizes: list[int]) -> None:
    ids = fill(robot, 4)

    pages = walk(robot, f"/tasks?limit={limit}")

    assert [len(page) for page in pages] == sizes
    assert list(chain.from_iterable(pages)) == ids


def test_an_empty_list_is_one_empty_page(robot: Service) -> None:
    assert walk(robot, "/tasks") == [[]]


def test_the_way_to_the_next_page_keeps_the_filters(robot: Service) -> None:
    fill(robot, 1, status="done")
    wanted = fill(robot, 3, description="50% & more")

    assert walk(robot, "/tasks?limit=2&status=todo&q=50%25%20%26%20MORE") == [wanted[:2], wanted[2:]]


def test_the_cursor_in_the_body_leads_where_the_link_does(robot: Service) -> None:
    ids = fill(robot, 3)
    first = robot.get("/tasks?limit=2").get_json()

    second = robot.get("/tasks", query_string={"limit": 2, "cursor": first["next_cursor"]}).get_json()

    assert [task["id"] for task in second["items"]] == ids[2:]


def test_what_comes_or_goes_meanwhile_neither_repeats_nor_hides_a_task(robot: Service) -> None:
    ids = fill(robot, 4)
    first = robot.get("/tasks?limit=2")
    fill(robot, 1)
    robot.delete(f"/tasks/{ids[1]}")

    second = robot.get(re.sub("[<>]|;.*", "", first.headers["Link"])).get_json()

    assert [task["id"] for task in second["items"]] == ids[2:]


def test_a_cursor_shows_nobody_elses_tasks(robot: Service) -> None:
    fill(robot, 2)
    cursor = robot.get("/tasks?limit=1").get_json()["next_cursor"]
    other = Service(robot.app, "other@example.com").register().log_in()
    fill(other, 0)

    assert other.get("/tasks", query_string={"cursor": cursor}).get_json()["items"] == []


def test_a_cursor_that_is_not_ours_is_malformed(robot: Service) -> None:
    answers = {cursor: code(robot.get("/tasks", query_string={"cursor": cursor})) for cursor in NO_CURSORS}

    assert answers == dict.fromkeys(NO_CURSORS, (400, "malformed_request"))
