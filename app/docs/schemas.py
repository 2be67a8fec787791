"""Problems as they are listed."""

from marshmallow import INCLUDE, fields

from app.kit.schemas import Schema


class ProblemOut(Schema):
    """A problem and what helps."""

    type = fields.String(required=True)
    code = fields.String(required=True)
    status = fields.Integer(required=True)
    title = fields.String(required=True)
    action = fields.String(required=True)
    help = fields.String(required=True)


class ProblemList(Schema):
    """Every problem."""

    items = fields.List(fields.Nested(ProblemOut), required=True)


class OpenApiDocument(Schema):
    """This document itself (OpenAPI 3.1)."""

    class Meta:
        """Its further members are the specification's to name."""

        unknown = INCLUDE

    openapi = fields.String(required=True)
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)
