"""What comes in, read strictly and refused in our own shape."""

from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser

from app.kit import bodies, problems
from app.kit.answers import pointed


class Parser(FlaskParser):
    """webargs with bodies read strictly and refusals of our own."""

    __location_map__ = {**FlaskParser.__location_map__, "json_or_form": "load_json_or_form"}

    def __init__(self) -> None:
        """Remember nothing yet."""
        super().__init__()
        self._of_nothing: dict[Any, Mapping[str, Any]] = {}

    def parse(self, argmap: Any, *arguments: Any, location: str | None = None, **options: Any) -> Any:
        """What the request says. A schema says the same of no query each time, and most lists are asked for without."""
        if location != "query" or request.query_string:
            return super().parse(argmap, *arguments, location=location, **options)
        if argmap not in self._of_nothing:
            self._of_nothing[argmap] = super().parse(argmap, *arguments, location=location, **options)
        return dict(self._of_nothing[argmap])

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body as strict JSON."""
        return bodies.read_json()

    def load_json_or_form(self, _req: Request, _schema: Any) -> Any:
        """The body as strict JSON, or as the form of RFC 6749 section 4.3.2."""
        kind = bodies.require_media_type(bodies.JSON, bodies.FORM)
        return bodies.read_json() if kind == bodies.JSON else bodies.read_form()

    def handle_error(self, error: ValidationError, *args: object, **kwargs: object) -> NoReturn:
        """Refuse with a pointer to each wrong field."""
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]  # marshmallow has no types here
        (by_field,) = messages.values()  # the one key is the location
        raise problems.ValidationFailed(members={"errors": pointed(by_field)})
