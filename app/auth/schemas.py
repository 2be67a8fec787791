"""What the doors take and give."""

from typing import Any

from marshmallow import ValidationError, fields, pre_load

from app.kit.bodies import Form
from app.kit.schemas import Line, Schema, Secret, Text
from app.users.schemas import UserOut

GRANT_TYPE = "password"
MAX_ADDRESS = 254
MAX_NAME = 100


class Registration(Schema):
    """A new account."""

    email = Line(required=True, max_length=MAX_ADDRESS, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})
    name = Line(load_default=None, allow_none=True, min_length=1, max_length=MAX_NAME)


class Credentials(Schema):
    """An address and its password, exactly as they are."""

    email = Text(required=True, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})


class PasswordGrant(Credentials):
    """`Credentials` as JSON, or as the form of RFC 6749 section 4.3.2: `grant_type=password&username=&password=`."""

    @pre_load
    def read_form(self, data: Any, **_: object) -> Any:
        """Take the form's names for the fields; its other OAuth fields are ignored."""
        if not isinstance(data, Form):
            return data
        if data.get("grant_type") != GRANT_TYPE:
            raise ValidationError({"grant_type": ["This must be: password."]})
        names = {"username": "email", "password": "password"}
        return {field: data[name] for name, field in names.items() if name in data}


class PasswordProof(Schema):
    """The password, once more."""

    password = Secret(required=True, metadata={"format": "password"})


class CookieLogin(Schema):
    """Who signed in, and how long the cookies live (seconds)."""

    user = fields.Nested(UserOut, required=True)
    expires_in = fields.Integer(required=True)
    refresh_expires_in = fields.Integer(required=True)


class Renewal(Schema):
    """By cookie only the lives (seconds); by bearer the tokens too."""

    access_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(required=True)
    refresh_token = fields.String()
    refresh_expires_in = fields.Integer()


class TokenPair(Schema):
    """An access token and the refresh token that renews it, with their lives in seconds."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    refresh_token = fields.String(required=True)
    refresh_expires_in = fields.Integer(required=True)
