"""Accounts as the API shows them."""

from marshmallow import fields

from app.kit.schemas import Line, Moment, Schema, Secret
from app.users.addresses import MAX_LENGTH

MAX_NAME = 100


class NewAccount(Schema):
    """What an account is opened with."""

    email = Line(required=True, max_length=MAX_LENGTH, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})
    name = Line(load_default=None, allow_none=True, min_length=1, max_length=MAX_NAME)


class UserOut(Schema):
    """An account as its owner sees it."""

    id = fields.UUID(required=True)
    email = Line(required=True)
    name = Line(required=True, allow_none=True)
    roles = fields.List(Line(), required=True)
    email_verified = fields.Boolean(required=True)
    created_at = Moment(required=True)
