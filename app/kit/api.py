"""The one place that knows flask-smorest: blueprints, and OpenAPI from the same declarations."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial, wraps
from typing import Any, Protocol, TypeVar, cast

import flask_smorest
from apispec import APISpec
from flask import Flask, Response, current_app
from flask_smorest.spec import openapi_cli

from app.kit import bodies, describe, problems
from app.kit.answers import answered, line
from app.kit.arguments import Parser
from app.kit.dumping import dumper
from app.kit.errors import Problem
from app.kit.limits import Limit
from app.kit.schemas import Schema

View = TypeVar("View", bound=Callable[..., Any])
SMOREST = "flask-smorest"  # where its commands look for what they write
NOTES = "_apidoc"  # where flask-smorest keeps what decorators say of a view


class Decorator(Protocol):
    """What leaves a view's type as it is."""

    def __call__(self, view: View, /) -> View:
        """Decorate the view."""


class Declaration(Protocol):
    """What a guard says of its route."""

    def security(self, method: str) -> list[dict[str, list[str]]]:
        """OpenAPI `security` of the operation."""

    def refusals(self, method: str) -> set[type[Problem]]:
        """The problems with which the guard may refuse this method."""


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # smorest has no types
    """Routes of one feature, with what comes in, who may, and what goes out."""

    ARGUMENTS_PARSER = Parser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "json_or_form": bodies.JSON,
    }

    def __init__(self, name: str, import_name: str, *, url_prefix: str = "", description: str = "") -> None:
        """Name the feature; `description` heads its chapter in the API's documentation."""
        super().__init__(name, import_name, url_prefix=url_prefix, description=description)
        self._prepare_doc_cbks.append(_describe_guard)

    def get(self, rule: str, **options: Any) -> Decorator:
        """Route GET (and HEAD)."""
        return self.route(rule, methods=["GET"], **options)  # type: ignore[no-any-return]  # smorest has no types

    def post(self, rule: str, **options: Any) -> Decorator:
        """Route POST."""
        return self.route(rule, methods=["POST"], **options)  # type: ignore[no-any-return]  # smorest has no types

    def patch(self, rule: str, **options: Any) -> Decorator:
        """Route PATCH."""
        return self.route(rule, methods=["PATCH"], **options)  # type: ignore[no-any-return]  # smorest has no types

    def delete(self, rule: str, **options: Any) -> Decorator:
        """Route DELETE."""
        return self.route(rule, methods=["DELETE"], **options)  # type: ignore[no-any-return]  # smorest has no types

    def arguments(self, schema: type[Schema], *, location: str = "json", as_kwargs: bool = True) -> Decorator:
        """Take what the schema accepts as keyword arguments; the guard stands outside this."""
        # An instance: of a class, webargs would make one a request.
        return super().arguments(schema(), location=location, as_kwargs=as_kwargs)  # type: ignore[no-any-return]  # smorest has no types

    def response(self, status: int, schema: type[Schema] | None = None, **options: Any) -> Decorator:
        """Answer with this status, through this schema.

        flask-smorest documents; it would also dump, jsonify and keep the result for an ETag that nobody asks for.
        """
        document, shape = super().response(status, schema, **options), dumper(schema()) if schema else None

        def decorate(view: View) -> View:
            @wraps(document(view))
            def answer(*args: Any, **kwargs: Any) -> Response:
                return answered(view(*args, **kwargs), status, shape)

            return cast("View", answer)

        return decorate

    def alt_response(self, status: int, *, schema: type[Schema]) -> Decorator:
        """Document another answer."""
        return super().alt_response(status, schema=schema)  # type: ignore[no-any-return]  # smorest has no types

    def sends(self, *media: str) -> Decorator:
        """Document that the view answers with a file of one of these kinds."""

        def decorate(view: View) -> View:
            for each in media:
                sent = super(Blueprint, self).response(
                    200, {"type": "string"}, content_type=each, description="The file."
                )
                view = sent(view)
            return view

        return decorate

    @staticmethod
    def also_takes_form(schema: type[Schema]) -> Decorator:
        """Document that the body may come as a form instead."""
        content = {bodies.FORM: {"schema": schema}}
        return flask_smorest.Blueprint.doc(requestBody={"content": content})  # type: ignore[no-any-return]  # smorest has no types

    @staticmethod
    def refuses(*classes: type[Problem]) -> Decorator:
        """Document the view's own refusals."""

        def decorate(view: View) -> View:
            _note(view, refusals=set(classes))
            return view

        return decorate


def declare(view: Callable[..., Any], policy: Declaration) -> None:
    """Say of a view what its guard asks: for the start check, the documentation and the tests."""
    _note(view, policy=policy, operation=view.__name__)


def declaration_or_none(view: Callable[..., Any]) -> Declaration | None:
    """What the view's guard asks; `None` for a view without a guard."""
    notes: dict[str, Any] = getattr(view, NOTES, {})
    return notes.get("policy")


def set_limit(view: Callable[..., Any], limit: Limit, *, hashes: bool) -> None:
    """Say of a view which limit its clients have, and whether it hashes: for the guard that is put around it."""
    _note(view, limitation={"limit": limit, "hashes": hashes})


def limitation(view: Callable[..., Any]) -> dict[str, Any]:
    """What `set_limit` said of the view."""
    notes: dict[str, Any] = getattr(view, NOTES, {})
    return cast("dict[str, Any]", notes.get("limitation", {}))


def _note(view: Callable[..., Any], **notes: object) -> None:
    setattr(view, NOTES, {**getattr(view, NOTES, {}), **notes})


def _describe_guard(doc: dict[str, Any], info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    declared: Declaration | None = info.get("policy")
    if declared is None:
        return doc
    refusals = {
        *info.get("refusals", ()),
        *declared.refusals(method.upper()),
        *_refusals_of_reading(doc),
    }
    doc.get("responses", {}).pop(Parser.DEFAULT_VALIDATION_STATUS, None)  # smorest's own word for it
    doc["responses"] = describe.all_responses(doc.get("responses", {}), refusals, paged=_is_paged(doc))
    doc["security"] = declared.security(method.upper())
    doc["operationId"] = info["operation"]
    return doc


def _is_paged(doc: dict[str, Any]) -> bool:
    return any("cursor" in each["schema"].fields for each in doc.get("parameters", ()))


def _refusals_of_reading(doc: dict[str, Any]) -> set[type[Problem]]:
    found: set[type[Problem]] = {
        problems.InternalError,
        problems.Unavailable,
        problems.PayloadTooLarge,
    }
    if "requestBody" in doc:
        found |= {
            problems.MalformedRequest,
            problems.UnsupportedMediaType,
            problems.ValidationFailed,
        }
    if doc.get("parameters"):
        found |= {problems.MalformedRequest, problems.ValidationFailed}
    return found


class Description(flask_smorest.Api):  # type: ignore[misc]  # smorest has no types
    """The OpenAPI 3.1 document of blueprints."""

    def __init__(self, blueprints: Iterable[Blueprint], security_schemes: Mapping[str, dict[str, str]]) -> None:
        """Describe them as they are in an application of their own, which serves nobody."""
        app = Flask(__name__, static_folder=None)
        app.config |= {"API_TITLE": "Latchkey", "API_VERSION": "v1", "OPENAPI_VERSION": "3.1.0"}
        self.DEFAULT_ERROR_RESPONSE_NAME = None
        super().__init__(app, spec_kwargs=describe.INFO)
        self.ma_plugin.converter.add_attribute_function(describe.field_details)
        self.ma_plugin.converter.add_parameter_attribute_function(describe.query_details)
        self.spec.components.schema("Problem", describe.PROBLEM_SCHEMA)
        for name, header in describe.HEADERS.items():
            self.spec.components.header(name, header)
        for name, scheme in security_schemes.items():
            self.spec.components.security_scheme(name, scheme)
        for each in blueprints:
            self.register_blueprint(each)

    def _register_error_handlers(self) -> None:
        """Leave errors to `app.kit.application`."""

    def _register_responses(self) -> None:
        """Register none of smorest's own error shapes."""

    def _register_pagination_header(self) -> None:
        """Register none of smorest's own pages."""


class Api:
    """What is served, and its OpenAPI document: made when somebody asks, as most processes are never asked."""

    def __init__(
        self, app: Flask, blueprints: Iterable[Blueprint], *, security_schemes: Mapping[str, dict[str, str]]
    ) -> None:
        """Serve the blueprints, and offer `flask openapi`."""
        for each in blueprints:
            app.register_blueprint(each)
        self._described = partial(Description, blueprints, security_schemes)
        app.extensions[SMOREST] = {"apis": {"": {"ext_obj": self}}}
        app.cli.add_command(openapi_cli)

    @property
    def spec(self) -> APISpec:
        """The document, made anew; smorest's commands ask for it by this name."""
        spec: APISpec = self._described().spec
        return spec

    @cached_property
    def text(self) -> str:
        """The document as JSON."""
        return line(self.spec.to_dict())


def openapi_json() -> str:
    """The running application's OpenAPI document as text, made once."""
    api: Api = current_app.extensions[SMOREST]["apis"][""]["ext_obj"]
    return api.text
