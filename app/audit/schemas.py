"""Events as they are shown: to whom they happened, and to those who look into them."""

from typing import Any

from marshmallow import fields, post_dump

from app.audit.models import OF_SESSIONS, Action
from app.kit.paging import PageQuery
from app.kit.schemas import Choice, Id, Moment, Schema


class EventOut(Schema):
    """What happened to me. From where somebody else did it is not shown."""

    id = fields.UUID(required=True)
    action = fields.String(required=True, metadata={"description": "One of those in docs/audit.md; more may come."})
    created_at = Moment(required=True)
    ip = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    session_id = fields.UUID(required=True, allow_none=True)

    @post_dump(pass_original=True)
    def hide_others(self, shown: dict[str, Any], event: Any, **_: object) -> dict[str, Any]:
        """Show nothing of the device of another person."""
        if event.actor_id in {None, event.subject_id}:
            return shown
        kept = shown["session_id"] if event.action in OF_SESSIONS else None
        return shown | {"ip": None, "user_agent": None, "session_id": kept}


class EventPage(Schema):
    """Some of what happened to me, newest first."""

    items = fields.List(fields.Nested(EventOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AuditEventOut(Schema):
    """What happened, who did it, to whom, and from where. An actor who is null was not signed in, or a command."""

    id = fields.UUID(required=True)
    action = fields.String(required=True)
    created_at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    session_id = fields.UUID(required=True, allow_none=True)
    ip = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)


class AuditPage(Schema):
    """Some of what happened, newest first."""

    items = fields.List(fields.Nested(AuditEventOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AuditQuery(PageQuery):
    """Which events to list."""

    user_id = Id(load_default=None, metadata={"description": "To whom it happened, or who did it."})
    action = Choice(Action, load_default=None)
    since = Moment(load_default=None, metadata={"description": "From this moment on."})
    until = Moment(load_default=None, metadata={"description": "Before this moment."})
