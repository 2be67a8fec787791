"""The Flask application: one transaction a request, and every error in one shape."""

from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Request, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.routing import MapAdapter
from werkzeug.wsgi import get_host

from app.kit import access_log, problems
from app.kit.answers import line
from app.kit.database import lacks_its_parent, transaction
from app.kit.describe import PROBLEM_JSON
from app.kit.errors import Problem
from app.kit.metrics import Counter
from app.kit.tracing import request_id

MAX_BODY_BYTES = 64 * 1024
RETRY_SECONDS = 1
CHALLENGE = 'Bearer realm="latchkey"'  # RFC 6750, section 3
WITH_ERROR = ', error="invalid_token"'
BEGAN = "latchkey.began"
DATABASE_FAILURES = Counter(
    "database_failures", "Requests that the database failed", "error", known=[("OperationalError",)]
)

log = structlog.get_logger()


class Application(Flask):
    """Flask with the house's two habits: `dispatch_request` is one transaction, and nothing leaves unnamed."""

    def __init__(self, name: str) -> None:
        """Make an application without routes, static files or redirects."""
        super().__init__(name, static_folder=None)
        # One more than is taken: a chunked body that is longer werkzeug cuts off there, without a word.
        self.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
        self.url_map.strict_slashes = False
        self.url_map.merge_slashes = False
        self.json.sort_keys = False  # type: ignore[attr-defined]  # DefaultJSONProvider has it
        self.register_error_handler(Exception, answer_error)

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request, and know when it began."""
        environ[BEGAN] = perf_counter()
        return super().wsgi_app(environ, start_response)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What matches the path. All hosts are one here: of a host it is asked only that it is well formed."""
        if request is None:
            return super().create_url_adapter(None)
        request.host = get_host(request.environ, request.trusted_hosts)
        return MapAdapter(
            self.url_map, request.host, request.root_path, "", request.scheme, request.path, request.method
        )

    def finalize_request(self, rv: Any, *how: Any, **else_how: Any) -> Response:
        """Make the answer, and write down what was asked and what became of it."""
        response = super().finalize_request(rv, *how, **else_how)
        began = request.environ.get(BEGAN)
        if began is not None:  # a server asked
            access_log.note(response, seconds=perf_counter() - began, app=self)
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Say in our own form what went wrong outside the view."""
        log.error("unexpected error", exc_info=exc_info)

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request inside its one transaction."""
        with transaction():
            return super().dispatch_request()


def answer_error(error: Exception) -> Response:
    """The answer to anything raised: a problem as it is, the rest as the problem it amounts to."""
    problem = error if isinstance(error, Problem) else _named(error)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        problem.headers.setdefault("Retry-After", str(RETRY_SECONDS))
    if problem.status == HTTPStatus.UNAUTHORIZED:
        problem.headers["WWW-Authenticate"] = CHALLENGE + (WITH_ERROR if problem.token_sent else "")
    g.problem = problem
    return Response(
        line(problem.body(request_id())),
        status=problem.status,
        headers=problem.headers,
        content_type=PROBLEM_JSON,
    )


def _named(error: Exception) -> Problem:
    if isinstance(error, HTTPException):
        return _named_http(error)
    if _is_out_of_reach(error):
        name = type(getattr(error, "orig", error)).__name__
        log.error("database out of reach", error=name)
        DATABASE_FAILURES.count(name)
        return problems.Unavailable()
    if isinstance(error, IntegrityError) and lacks_its_parent(error):
        return problems.NotFound()  # what the row was to belong to went meanwhile
    log.error("unexpected error", exc_info=error)
    return problems.InternalError()


def _is_out_of_reach(error: Exception) -> bool:
    """Whether the database failed, not what it was asked."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def _named_http(error: HTTPException) -> Problem:
    named: dict[int | None, type[Problem]] = {
        404: problems.NotFound,
        405: problems.MethodNotAllowed,
        413: problems.PayloadTooLarge,
        415: problems.UnsupportedMediaType,
        422: problems.ValidationFailed,
        500: problems.InternalError,
        503: problems.Unavailable,
    }
    headers: dict[str, Any] = {}
    if isinstance(error, WrongMethod) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return named.get(error.code, problems.MalformedRequest)(headers=headers)
