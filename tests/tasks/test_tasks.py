"""The life of a task."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit.database import db, read, transaction
from app.tasks.models import Task
from app.users.models import User
from app.users.roles import Role
from tests.access.people import ANY_ID, somebody_who_is
from tests.cast import Browser, Service, code

WHOLE = {
    "title": "Water the ferns",
    "description": "Twice.\nNot the cactus.",
    "status": "in_progress",
    "due_at": "2027-03-01T08:00:00.000000Z",
}
NOBODYS = f"/tasks/{ANY_ID}"


def made(who: Browser | Service, **fields: Any) -> dict[str, Any]:
    """A task of this person."""
    answer = who.post("/tasks", json={"title": "Rest", **fields})
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.get_json()
    return task


def test_a_new_task_is_shown_as_it_was_sent(alice: Browser) -> None:
    answer = alice.post("/tasks", json=WHOLE)

    task = answer.get_json()
    assert answer.status_code == 201
    assert {name: task[name] for name in WHOLE} == WHOLE
    assert set(task) == {*WHOLE, "id", "created_at", "updated_at"}
    assert str(UUID(task["id"])) == task["id"]


def test_a_title_is_enough(alice: Browser) -> None:
    task = made(alice)

    assert (task["description"], task["status"], task["due_at"]) == ("", "todo", None)
    assert datetime.fromisoformat(task["updated_at"]) >= datetime.fromisoformat(task["created_at"])
    assert task["created_at"].endswith("Z")


def test_a_new_task_is_found_where_its_location_says(alice: Browser) -> None:
    answer = alice.post("/tasks", json=WHOLE)

    assert alice.get(answer.headers["Location"]).get_json() == answer.get_json()


@pytest.mark.parametrize(("name", "value"), WHOLE.items())
def test_a_change_leaves_the_rest_as_it_was(alice: Browser, name: str, value: str) -> None:
    before = made(alice)

    after = alice.patch(f"/tasks/{before['id']}", json={name: value}).get_json()

    assert after | {"updated_at": ""} == before | {name: value, "updated_at": ""}
    assert alice.get(f"/tasks/{before['id']}").get_json() == after


def test_a_change_moves_the_moment_of_the_last_change(alice: Browser) -> None:
    before = made(alice)

    after = alice.patch(f"/tasks/{before['id']}", json={"status": "done"}).get_json()

    assert datetime.fromisoformat(after["updated_at"]) > datetime.fromisoformat(before["updated_at"])
    assert after["created_at"] == before["created_at"]


def test_changing_nothing_is_fine(alice: Browser) -> None:
    before = made(alice, **WHOLE)

    answer = alice.patch(f"/tasks/{before['id']}", json={})

    assert (answer.status_code, answer.get_json()) == (200, before)


def test_a_due_moment_can_be_taken_back(alice: Browser) -> None:
    task = made(alice, **WHOLE)

    answer = alice.patch(f"/tasks/{task['id']}", json={"due_at": None})

    assert answer.get_json()["due_at"] is None


def test_a_removed_task_is_gone(alice: Browser) -> None:
    path = f"/tasks/{made(alice)['id']}"

    answer = alice.delete(path)

    assert (answer.status_code, answer.data) == (204, b"")
    assert code(alice.get(path)) == code(alice.delete(path)) == (404, "not_found")
    assert alice.get("/tasks").get_json()["items"] == []


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"title": "Mine now"}), ("DELETE", None)])
def test_somebody_elses_task_does_not_exist(
    alice: Browser, mallory: Browser, method: str, body: dict[str, str] | None
) -> None:
    task = made(alice)

    stolen = mallory.request(method, f"/tasks/{task['id']}", json=body)

    assert code(stolen) == code(mallory.request(method, NOBODYS, json=body)) == (404, "not_found")
    assert alice.get(f"/tasks/{task['id']}").get_json() == task


def test_an_admin_has_no_more_tasks_than_their_own(alice: Browser, admin: Browser) -> None:
    task = made(alice)

    assert code(admin.get(f"/tasks/{task['id']}")) == (404, "not_found")
    assert admin.get("/tasks").get_json()["items"] == []


def test_a_list_shows_only_my_tasks(alice: Browser, mallory: Browser) -> None:
    made(mallory, title="Hers")

    task = made(alice, title="Mine")

    assert alice.get("/tasks").get_json() == {"items": [task], "next_cursor": None}


def test_a_viewer_may_look_but_not_touch(app: Flask) -> None:
    viewer = somebody_who_is(app, Role.VIEWER)

    assert viewer.get("/tasks").status_code == 200
    assert code(viewer.get(NOBODYS)) == (404, "not_found")
    assert code(viewer.post("/tasks", json={"title": "No"})) == (403, "permission_denied")
    assert code(viewer.patch(NOBODYS, json={})) == code(viewer.delete(NOBODYS)) == (403, "permission_denied")


@pytest.mark.parametrize("path", ["/tasks/1", "/tasks/x", f"/tasks/{ANY_ID}x", f"/tasks/{{{ANY_ID}}}", "/tasks/%00"])
def test_a_malformed_id_is_no_task(alice: Browser, path: str) -> None:
    assert code(alice.get(path)) == (404, "not_found")


def test_an_id_may_be_written_in_capitals(alice: Browser) -> None:
    task = made(alice)

    assert alice.get(f"/tasks/{task['id'].upper()}").status_code == 200


def test_a_task_goes_with_its_owner(app: Flask, alice: Browser, robot: Service) -> None:
    made(alice)
    kept = made(robot)

    with app.app_context(), transaction():
        db.session.execute(sa.delete(User).where(User.email == alice.email))

    with app.app_context():
        assert [str(row.id) for row in read(sa.select(Task.id))] == [kept["id"]]


@pytest.mark.parametrize("due", ["2027-03-01T08:00:00Z", "2027-03-01T08:00:00.000001+14:00", None])
def test_a_list_shows_every_task_as_it_is_shown_alone(robot: Service, due: str | None) -> None:
    path = robot.post("/tasks", json={"title": "Rest", "due_at": due}).headers["Location"]

    (listed,) = robot.get("/tasks").get_json()["items"]

    assert listed == robot.get(path).get_json()
