"""Accounts as the API shows them."""

from marshmallow import fields

from app.kit.schemas import Line, Moment, Schema


class UserOut(Schema):
    """An account as its owner sees it."""

    id = fields.UUID(required=True)
    email = Line(required=True)
    name = Line(required=True, allow_none=True)
    roles = fields.List(Line(), required=True)
    email_verified = fields.Boolean(required=True)
    created_at = Moment(required=True)
