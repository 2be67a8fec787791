"""How a task can be refused."""

from app.kit.problems import NotFound


class TaskNotFound(NotFound):
    """You have no such task."""
