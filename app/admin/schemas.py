"""Accounts as those see them who look after them, and what may be changed."""

from marshmallow import fields, validate

from app.kit.paging import PageQuery
from app.kit.schemas import Choice, Flag, Line, Schema
from app.users.addresses import MAX_LENGTH
from app.users.roles import Role
from app.users.schemas import MAX_NAME, UserOut

MAX_ROLES = 32


class AccountOut(UserOut):
    """An account, and whether it is disabled."""

    disabled = fields.Boolean(required=True)


class AccountPage(Schema):
    """Some of the accounts, newest first."""

    items = fields.List(fields.Nested(AccountOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AccountQuery(PageQuery):
    """Which accounts to list."""

    q = Line(load_default=None, max_length=MAX_LENGTH, metadata={"description": "Part of an address or a name."})
    role = Choice(Role, load_default=None)
    disabled = Flag(as_word=True, load_default=None)


class AccountPatch(Schema):
    """What may be changed of somebody's account; what is left out stays. `roles` are all that it shall have."""

    roles = fields.List(
        Choice(Role),
        validate=validate.Length(max=MAX_ROLES, error="These are too many."),
        error_messages={"invalid": "This must be a list.", "null": "This field may not be null."},
    )
    disabled = Flag()
    name = Line(allow_none=True, min_length=1, max_length=MAX_NAME)
