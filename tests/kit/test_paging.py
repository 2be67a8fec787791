"""Lists in pages: newest first, nothing twice, nothing left out, and a cursor that tells nobody anything."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from app.kit.database import db
from app.tasks.models import Task
from tests.cast import Browser, Service
from tests.errors.shape import assert_refused


def filled(who: Service, count: int) -> list[str]:
    """The ids of so many new tasks, newest first."""
    owner = UUID(who.get("/me").get_json()["id"])
    with who.app.app_context():
        tasks = [Task(owner_id=owner, title=f"Task {each}") for each in range(count)]
        db.session.add_all(tasks)
        db.session.commit()
        return [str(each.id) for each in reversed(tasks)]


def ids(body: dict[str, Any]) -> list[str]:
    """The ids on a page."""
    return [each["id"] for each in body["items"]]


def walk(who: Service, query: str) -> list[list[str]]:
    """The ids on each page, following `next_cursor` to the end."""
    pages, cursor = [], ""
    while True:
        body = who.get(f"/tasks?{query}{cursor}").get_json()
        pages.append(ids(body))
        if body["next_cursor"] is None:
            return pages
        cursor = f"&cursor={body['next_cursor']}"


def test_45_rows_are_pages_of_20_20_and_5_newest_first(robot: Service) -> None:
    expected = filled(robot, 45)

    pages = walk(robot, "limit=20")

    assert [len(each) for each in pages] == [20, 20, 5]
    assert sum(pages, []) == expected  # noqa: RUF017  three pages


@pytest.mark.parametrize(
    ("rows", "limit", "pages"),
    [
        (0, 20, [0]),
        (1, 1, [1]),
        (2, 1, [1, 1]),
        (20, 20, [20]),
        (21, 20, [20, 1]),
        (40, 20, [20, 20]),
        (100, 100, [100]),
        (101, 100, [100, 1]),
    ],
)
def test_the_last_page_says_so(robot: Service, rows: int, limit: int, pages: list[int]) -> None:
    filled(robot, rows)

    assert [len(each) for each in walk(robot, f"limit={limit}")] == pages


def test_a_page_has_20_unless_asked(robot: Service) -> None:
    filled(robot, 21)

    assert [len(each) for each in walk(robot, "")] == [20, 1]


def test_the_link_header_leads_through_the_same_pages(robot: Service) -> None:
    expected = filled(robot, 5)

    found, where = [], "/api/v1/tasks?limit=2"
    while where:
        answer = robot.get(where)
        found += ids(answer.get_json())
        link = answer.headers.get("Link", "")
        assert link == "" or (link.startswith("<") and link.endswith('>; rel="next"'))
        where = link.removeprefix("<").partition(">")[0]

    assert found == expected


def test_the_link_keeps_what_was_asked(robot: Service) -> None:
    filled(robot, 3)

    answer = robot.get("/tasks?q=task&status=todo&limit=1&other=%26%C3%BC%3E%22")

    address = urlsplit(answer.headers["Link"].removeprefix("<").partition(">")[0])
    assert address.path == "/api/v1/tasks"
    assert parse_qs(address.query) == {
        "q": ["task"],
        "status": ["todo"],
        "limit": ["1"],
        "other": ['&ü>"'],
        "cursor": [answer.get_json()["next_cursor"]],
    }


def test_what_is_added_meanwhile_moves_nothing(robot: Service) -> None:
    expected = filled(robot, 6)
    first = robot.get("/tasks?limit=3").get_json()
    newer = filled(robot, 3)

    second = robot.get(f"/tasks?limit=3&cursor={first['next_cursor']}").get_json()

    assert ids(first) + ids(second) == expected
    assert not set(newer) & set(ids(second))


def test_what_is_removed_meanwhile_moves_nothing(robot: Service) -> None:
    expected = filled(robot, 6)
    first = robot.get("/tasks?limit=3").get_json()
    for gone in (expected[2], expected[4]):  # the row that the cursor names, and one behind it
        robot.delete(f"/tasks/{gone}")

    second = robot.get(f"/tasks?limit=3&cursor={first['next_cursor']}").get_json()

    assert ids(second) == [expected[3], expected[5]]
    assert second["next_cursor"] is None


def test_a_filter_holds_on_every_page(robot: Service) -> None:
    expected = filled(robot, 6)
    for done in expected[::2]:
        robot.patch(f"/tasks/{done}", json={"status": "done"})

    pages = walk(robot, "limit=2&status=done")

    assert pages == [expected[0:4:2], [expected[4]]]


def test_the_cursor_of_somebody_elses_list_shows_nothing_of_it(robot: Service, mallory: Browser) -> None:
    theirs = filled(robot, 10)
    cursor = robot.get("/tasks?limit=5").get_json()["next_cursor"]

    answer = mallory.get(f"/tasks?limit=5&cursor={cursor}")

    assert answer.status_code == 200
    assert answer.get_json() == {"items": [], "next_cursor": None}
    assert not [each for each in theirs if each in answer.text]


@pytest.mark.parametrize("made", [UUID(int=0), UUID(int=2**128 - 1), uuid4()], ids=["lowest", "highest", "random"])
def test_a_made_up_cursor_shows_a_part_of_my_own_list_at_most(robot: Service, made: UUID) -> None:
    mine = filled(robot, 3)
    cursor = urlsafe_b64encode(made.bytes).decode().rstrip("=")

    answer = robot.get(f"/tasks?cursor={cursor}")

    assert answer.status_code == 200
    assert ids(answer.get_json()) == [each for each in mine if UUID(each) < made]


def test_a_cursor_that_was_tampered_with_is_malformed(robot: Service) -> None:
    filled(robot, 2)
    cursor = robot.get("/tasks?limit=1").get_json()["next_cursor"]
    assert len(urlsafe_b64decode(cursor + "==")) == 16
    tampered = [
        cursor[:-1],
        cursor + "A",
        cursor + "==",
        cursor[:-1] + "_",
        " " + cursor,
        cursor + "\n",
        cursor.swapcase()[:5],
    ]

    answers = [robot.get("/tasks", query_string={"cursor": each}) for each in tampered]

    for answer in answers:
        assert_refused(answer, 400, "malformed_request")
