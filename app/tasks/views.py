"""/api/v1/tasks: my tasks."""

from typing import Any
from uuid import UUID

from app.access.callers import caller
from app.access.guards import requires
from app.kit.api import Blueprint
from app.kit.paging import Page, with_link
from app.kit.problems import NotFound
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.schemas import TaskIn, TaskOut, TaskPage, TaskPatch, TaskQuery
from app.users.roles import Permission

bp = Blueprint("tasks", __name__, url_prefix="/api/v1/tasks", description="My tasks: the example resource.")


@bp.get("")
@requires(Permission.TASKS_READ)
@bp.arguments(TaskQuery, location="query")
@bp.response(200, TaskPage)
def list_tasks(**query: Any) -> tuple[Page[Any], dict[str, str]]:
    """List my tasks, newest first."""
    return with_link(tasks.owned(caller().user_id, **query))


@bp.post("")
@requires(Permission.TASKS_WRITE)
@bp.arguments(TaskIn)
@bp.response(201, TaskOut)
def add_task(**fields: Any) -> tuple[Task, dict[str, str]]:
    """Add a task."""
    task = tasks.add(caller().user_id, **fields)
    return task, {"Location": f"/api/v1/tasks/{task.id}"}


@bp.get("/<uuid:task_id>")
@requires(Permission.TASKS_READ)
@bp.refuses(NotFound)
@bp.response(200, TaskOut)
def show_task(task_id: UUID) -> Task:
    """Show one of my tasks."""
    return tasks.find(caller().user_id, task_id)


@bp.patch("/<uuid:task_id>")
@requires(Permission.TASKS_WRITE)
@bp.refuses(NotFound)
@bp.arguments(TaskPatch)
@bp.response(200, TaskOut)
def change_task(task_id: UUID, **fields: Any) -> Task:
    """Change what is given of one of my tasks."""
    return tasks.change(caller().user_id, task_id, **fields)


@bp.delete("/<uuid:task_id>")
@requires(Permission.TASKS_WRITE)
@bp.refuses(NotFound)
@bp.response(204)
def remove_task(task_id: UUID) -> None:
    """Remove one of my tasks."""
    tasks.remove(caller().user_id, task_id)
