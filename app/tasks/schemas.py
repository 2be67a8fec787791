"""Tasks as they come in and go out."""

from marshmallow import fields

from app.kit.paging import PageQuery
from app.kit.schemas import Choice, Line, Moment, Schema, Text
from app.tasks.models import Status

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000


class TaskPatch(Schema):
    """The changeable part of a task; what is left out stays."""

    title = Line(min_length=1, max_length=MAX_TITLE)
    description = Text(max_length=MAX_DESCRIPTION)
    status = Choice(Status)
    due_at = Moment(allow_none=True)


class TaskIn(TaskPatch):
    """A new task: a title at least."""

    title = Line(required=True, min_length=1, max_length=MAX_TITLE)


class TaskOut(Schema):
    """A task as its owner sees it."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    status = Choice(Status, required=True)
    due_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class TaskPage(Schema):
    """Some of the tasks, newest first."""

    items = fields.List(fields.Nested(TaskOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class TaskQuery(PageQuery):
    """Which tasks to list."""

    status = Choice(Status, load_default=None)
    q = Line(
        load_default=None,
        max_length=MAX_TITLE,
        metadata={"description": "Words in title or description."},
    )
