"""What an owner may change, and by what they prove that they are the owner."""

from marshmallow import fields

from app.kit.schemas import Line, Moment, Schema, Secret
from app.users.addresses import MAX_LENGTH
from app.users.schemas import MAX_NAME, UserOut


class ProfilePatch(Schema):
    """The changeable part of an account."""

    name = Line(allow_none=True, min_length=1, max_length=MAX_NAME)


class PasswordChange(Schema):
    """The password as it is, and as it shall be."""

    current_password = Secret(required=True, metadata={"format": "password"})
    new_password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})


class AddressChange(Schema):
    """The address to have, and the password as proof."""

    email = Line(required=True, max_length=MAX_LENGTH, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password"})


class Farewell(Schema):
    """The password, as proof."""

    password = Secret(required=True, metadata={"format": "password"})


class Export(Schema):
    """Everything about an account: its rows in every table, but for what would open something."""

    exported_at = Moment(required=True)
    user = fields.Nested(UserOut, required=True)
    tables = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), required=True)
