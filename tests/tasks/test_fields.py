"""What a task takes, what it refuses, and that it is stored as it is."""

from typing import Any

import pytest

from tests.cast import Browser, Service, code

WAYS = ["POST", "PATCH"]


def sent(who: Service, way: str, body: Any) -> Any:
    """The answer to this body as a new task, or as a change of one."""
    if way == "POST":
        return who.post("/tasks", json=body)
    task = who.post("/tasks", json={"title": "Rest"}).get_json()
    return who.patch(f"/tasks/{task['id']}", json=body)


def pointers(answer: Any) -> list[str]:
    """Which fields a refusal names."""
    return [each["pointer"] for each in answer.get_json()["errors"]]


ACCEPTED: list[tuple[str, Any]] = [
    ("title", "x"),
    ("title", "x" * 200),
    ("title", "\U0001f980" * 200),
    ("title", "  spaces stay  "),
    ("title", "<script>alert(1)</script>"),
    ("title", "'; DROP TABLE tasks; --"),
    ("title", "{{ 7 * 7 }} ${7 * 7} %s %(id)s"),
    ("title", "שלום, עולם"),
    ("title", "e\u0301"),
    ("description", ""),
    ("description", "x" * 10_000),
    ("description", "\u00e9" * 10_000),
    ("description", "tabs\tand\nlines\r\n"),
    ("description", '<img src=x onerror="alert(1)">'),
    ("status", "todo"),
    ("status", "in_progress"),
    ("status", "done"),
    ("due_at", None),
]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_taken_is_kept_as_it_is(robot: Service, way: str) -> None:
    tasks = [sent(robot, way, {"title": "Rest", name: value}).get_json() for name, value in ACCEPTED]

    kept = [robot.get(f"/tasks/{task['id']}").get_json() for task in tasks]
    assert [(name, task[name]) for (name, _), task in zip(ACCEPTED, kept, strict=True)] == ACCEPTED
    assert kept == tasks


REFUSED: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "x" * 201),
    ("title", None),
    ("title", 1),
    ("title", ["x"]),
    ("title", "two\nlines"),
    ("title", "a nul \x00"),
    ("title", "\x7f"),
    ("title", "half a crab \ud83e"),
    ("title", "turned \u202e round"),
    ("description", "x" * 10_001),
    ("description", None),
    ("description", "\x00"),
    ("description", "\ud800"),
    ("description", {}),
    ("status", ""),
    ("status", "DONE"),
    ("status", "done "),
    ("status", "gone"),
    ("status", None),
    ("status", 1),
    ("status", True),
    ("due_at", ""),
    ("due_at", 0),
    ("due_at", {}),
    ("id", "01939c5e-0000-7000-8000-000000000000"),
    ("owner_id", "01939c5e-0000-7000-8000-000000000000"),
    ("created_at", "2027-03-01T08:00:00Z"),
    ("updated_at", "2027-03-01T08:00:00Z"),
    ("colour", "red"),
    ("__class__", "x"),
]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_pointed_at(robot: Service, way: str) -> None:
    answers = [sent(robot, way, {"title": "Rest", name: value}) for name, value in REFUSED]

    assert {code(answer) for answer in answers} == {(422, "validation_failed")}
    assert [pointers(answer) for answer in answers] == [[f"/{name}"] for name, _ in REFUSED]


def test_a_new_task_needs_a_title(robot: Service) -> None:
    answer = robot.post("/tasks", json={})

    assert code(answer) == (422, "validation_failed")
    assert pointers(answer) == ["/title"]


@pytest.mark.parametrize("way", WAYS)
def test_a_task_is_an_object(robot: Service, way: str) -> None:
    answers = [sent(robot, way, body) for body in ([], [{"title": "Rest"}], "title", 1, 1.5, True)]

    assert {code(answer) for answer in answers} == {(422, "validation_failed")}


def test_nothing_is_no_task(robot: Service) -> None:
    answer = robot.post("/tasks", data="null", content_type="application/json")

    assert code(answer) == (422, "validation_failed")


def test_a_refused_change_changes_nothing(alice: Browser) -> None:
    task = alice.post("/tasks", json={"title": "Rest"}).get_json()

    alice.patch(f"/tasks/{task['id']}", json={"title": "Work", "status": "never"})

    assert alice.get(f"/tasks/{task['id']}").get_json() == task


def test_what_was_sent_never_comes_back_as_a_page(robot: Service) -> None:
    answer = robot.post("/tasks", json={"title": "<script>alert(1)</script>"})

    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
