"""What the doors take and give."""

from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, fields, pre_load

from app.kit.bodies import Form
from app.kit.schemas import Choice, Schema, Secret, Text
from app.users.schemas import UserOut


class GrantType(StrEnum):
    """How a token may be asked for."""

    PASSWORD = "password"  # noqa: S105  the name of a grant


class Credentials(Schema):
    """An address and its password, exactly as they are."""

    email = Text(required=True, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})


class PasswordForm(Schema):
    """The resource owner password credentials grant (RFC 6749, section 4.3.2); other OAuth fields are ignored."""

    class Meta:
        """As RFC 6749 section 3.2 asks."""

        unknown = EXCLUDE

    grant_type = Choice(GrantType, required=True)
    username = Text(required=True, metadata={"example": "ada@example.com"})
    password = Secret(required=True, metadata={"format": "password", "example": "correct horse battery"})


class PasswordGrant(Credentials):
    """`Credentials` as JSON, or `PasswordForm` as a form."""

    @pre_load
    def read_form(self, data: Any, **_: object) -> Any:
        """Take the form's names for the fields."""
        if not isinstance(data, Form):
            return data
        form = PasswordForm().load(data)
        return {"email": form["username"], "password": form["password"]}


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
