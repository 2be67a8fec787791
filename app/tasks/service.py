"""The five verbs of tasks. Somebody else's task does not exist."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.kit.database import db
from app.kit.paging import Page, page
from app.tasks.models import Task
from app.tasks.problems import TaskNotFound


def owned(owner_id: UUID, *, status: str | None, q: str | None, limit: int, cursor: str | None) -> Page[Task]:
    """One page of the owner's tasks, newest first."""
    rows = sa.select(Task).where(Task.owner_id == owner_id)
    if status is not None:
        rows = rows.where(Task.status == status)
    if q:
        rows = rows.where(Task.title.icontains(q, autoescape=True) | Task.description.icontains(q, autoescape=True))
    return page(rows, Task.id, limit=limit, cursor=cursor)


def find(owner_id: UUID, task_id: UUID, *, lock: bool = False) -> Task:
    """One of the owner's tasks; with `lock` nobody else changes or removes it before this request is done.

    Raises:
        TaskNotFound: absent, or not the owner's.
    """
    task = db.session.get(Task, task_id, with_for_update=lock)
    if task is None or task.owner_id != owner_id:
        raise TaskNotFound
    return task


def add(owner_id: UUID, **fields: Any) -> Task:
    """Add a task."""
    task = Task(owner_id=owner_id, **fields)
    db.session.add(task)
    db.session.flush()
    return task


def change(owner_id: UUID, task_id: UUID, **fields: Any) -> Task:
    """Change what is given of a task.

    Raises:
        TaskNotFound: absent, or not the owner's.
    """
    task = find(owner_id, task_id, lock=True)
    for name, value in fields.items():
        setattr(task, name, value)
    db.session.flush()
    return task


def remove(owner_id: UUID, task_id: UUID) -> None:
    """Remove a task.

    Raises:
        TaskNotFound: absent, or not the owner's.
    """
    db.session.delete(find(owner_id, task_id, lock=True))
    db.session.flush()
