"""Columns that come as answers show them are what the long way shows."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.kit.database import db, read
from app.kit.prepared import Prepared
from app.kit.schemas import zulu
from app.kit.shown import shown
from app.tasks.models import Task
from tests.cast import Service

ROWS = [
    (UUID(int=7), None),
    (UUID(int=2**128 - 1), datetime(2026, 1, 2, 3, 4, 5, 6, UTC)),
    (UUID("0199f1a2-0b0c-7d0e-8f00-00a0b0c0d0e0"), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
]


@pytest.mark.parametrize(("task_id", "due_at"), ROWS)
def test_an_id_and_a_moment_are_shown_as_ever(robot: Service, task_id: UUID, due_at: datetime | None) -> None:
    this = Task.id == task_id
    robot.post("/tasks", json={"title": "Rest"})
    with robot.app.app_context():
        db.session.execute(sa.update(Task).values(id=task_id, due_at=due_at))
        db.session.commit()

        (row,) = Prepared(sa.select(shown(Task.id), shown(Task.due_at)).where(this)).rows()

        (stored,) = read(sa.select(Task.id, Task.due_at).where(this))
    assert stored == (task_id, due_at)
    assert row == (str(task_id), due_at and zulu(due_at))
    assert (row.id, row.due_at) == tuple(row)
