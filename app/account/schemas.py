"""What an owner may change."""

from app.kit.schemas import Line, Schema
from app.users.schemas import MAX_NAME


class ProfilePatch(Schema):
    """The changeable part of an account."""

    name = Line(allow_none=True, min_length=1, max_length=MAX_NAME)
