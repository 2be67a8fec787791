"""The five verbs of tasks. Somebody else's task does not exist."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.kit.database import db
from app.kit.paging import Page, page_of, prepared
from app.kit.prepared import contains, literal
from app.kit.shown import shown
from app.tasks.models import Task
from app.tasks.problems import TaskNotFound

_STATUS, _WORDS = sa.bindparam("status", type_=sa.String), sa.bindparam("words", type_=sa.String)
_MOMENTS = (Task.due_at, Task.created_at, Task.updated_at)
_OWNED = prepared(
    sa.select(shown(Task.id), Task.title, Task.description, Task.status, *map(shown, _MOMENTS)).where(
        Task.owner_id == sa.bindparam("owner_id"),
        (_STATUS == "") | (Task.status == _STATUS),
        (_WORDS == "") | contains(Task.title, _WORDS) | contains(Task.description, _WORDS),
    ),
    Task.id,
)


def owned(owner_id: UUID, *, status: str | None, q: str | None, limit: int, cursor: str | None) -> Page[Any]:
    """One page of the owner's tasks, newest first: rows of what is shown of them."""
    return page_of(_OWNED, limit=limit, cursor=cursor, owner_id=owner_id, status=status or "", words=literal(q or ""))


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
