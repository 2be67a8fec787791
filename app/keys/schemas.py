"""Keys as they are shown."""

from marshmallow import fields

from app.kit.schemas import Moment, Schema


class KeyOut(Schema):
    """A key of the ring, without its secret."""

    kid = fields.String(required=True)
    algorithm = fields.String(required=True)
    state = fields.String(required=True)
    created_at = Moment(required=True)
    activated_at = Moment(required=True, allow_none=True)
    expires_at = Moment(required=True, allow_none=True)


class JsonWebKeys(Schema):
    """A JSON Web Key Set (RFC 7517, section 5)."""

    keys = fields.List(fields.Dict(keys=fields.String()), required=True)
