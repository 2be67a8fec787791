"""Two people at the same task at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit.database import db, read
from app.tasks.models import Task
from tests.cast import Service, code
from tests.patience import PATIENCE

BLOCKED = sa.text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def wait_until_somebody_waits(app: Flask) -> None:
    """Return once another transaction waits for a row (SQLite's only writer lock needs no waiting for)."""
    deadline = monotonic() + PATIENCE
    with app.app_context():
        while db.engine.dialect.name == "postgresql" and not read(BLOCKED):
            assert monotonic() < deadline


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_task_that_goes_while_it_is_being_changed_is_not_found(app: Flask, robot: Service, method: str) -> None:
    path = robot.post("/tasks", json={"title": "Rest"}).headers["Location"]

    with ThreadPoolExecutor() as others, app.app_context(), db.engine.connect() as connection:
        connection.execute(sa.delete(Task))
        later = others.submit(robot.request, method, path, json={"title": "Work"})
        wait_until_somebody_waits(app)
        connection.commit()

        assert code(later.result()) == (404, "not_found")


def test_changes_at_the_same_moment_all_count(robot: Service) -> None:
    path = robot.post("/tasks", json={"title": "Rest"}).headers["Location"]

    with ThreadPoolExecutor() as others:
        bodies = [{"title": "Work"}, {"description": "hard"}, {"status": "done"}, {"due_at": "2027-03-01T08:00:00Z"}]
        answers = list(others.map(lambda body: robot.patch(path, json=body).status_code, bodies))

    task = robot.get(path).get_json()
    assert answers == [200] * 4
    assert (task["title"], task["description"], task["status"], task["due_at"][:4]) == ("Work", "hard", "done", "2027")
