"""What is asked for by mail, and what comes back with a mailed token."""

from marshmallow import fields

from app.kit.schemas import Line, Schema, Secret
from app.users.addresses import MAX_LENGTH


class Mailbox(Schema):
    """An address."""

    email = Line(required=True, max_length=MAX_LENGTH, metadata={"example": "ada@example.com"})


class MailedTokenIn(Schema):
    """The token of a mailed link."""

    token = Secret(required=True, metadata={"description": "What stands after `token=` in the mailed link."})


class NewPassword(MailedTokenIn):
    """The token of a mailed link, and the password to have from now on."""

    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})


class Accepted(Schema):
    """Noted. Whether a mail is sent shows in the mailbox only."""

    status = fields.Constant("accepted", required=True)
