"""Sessions as they are shown, and which of them to end."""

from enum import StrEnum

from marshmallow import fields

from app.kit.schemas import Choice, Moment, Schema


class Keep(StrEnum):
    """Which session may stay when all end."""

    CURRENT = "current"


class KeepQuery(Schema):
    """Whether one stays."""

    keep = Choice(Keep, load_default=None, metadata={"description": "Leave out to end this session too."})


class SessionOut(Schema):
    """Where I am signed in. It ends at `expires_at`, or earlier when it is not used for REFRESH_TOKEN_TTL."""

    id = fields.UUID(required=True)
    created_at = Moment(required=True)
    last_used_at = Moment(required=True)
    expires_at = Moment(required=True)
    ip = fields.String(required=True)
    user_agent = fields.String(required=True, allow_none=True)
    current = fields.Boolean(required=True)


class SessionPage(Schema):
    """Some of the live sessions, newest first."""

    items = fields.List(fields.Nested(SessionOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
