"""The refusals that any application makes, whatever it is about."""

from http import HTTPStatus

from app.kit.errors import Action, Problem


class MalformedRequest(Problem):
    """The request cannot be read."""

    status = HTTPStatus.BAD_REQUEST


class NotFound(Problem):
    """There is nothing here, or it is not yours."""

    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(Problem):
    """This path does not answer this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class PayloadTooLarge(Problem):
    """The body is larger than 64 KiB."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(Problem):
    """The body must be application/json."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class ValidationFailed(Problem):
    """Some of what was sent is not acceptable."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RateLimited(Problem):
    """This was tried too often; `Retry-After` says when it may be tried again."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    action = Action.RETRY


class InternalError(Problem):
    """Something went wrong here; it was logged under the request id."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    action = Action.RETRY


class Unavailable(Problem):
    """A part that this answer needs is out of reach."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    action = Action.RETRY
