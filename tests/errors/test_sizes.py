"""A body has at most 64 KiB, whether its length is said before or shows while reading."""

import json
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import ORIGIN, Browser, Service, code
from tests.errors.routes import JSON, with_body
from tests.errors.shape import assert_refused

LIMIT = 64 * 1024
CREDENTIALS = json.dumps({"email": "nobody@example.com", "password": "x"}).encode()


class Unread:
    """A body that nobody may touch."""

    def read(self, _size: int = -1) -> bytes:
        """Complain."""
        raise AssertionError("the body was read")


class ChunkError(Exception):
    """What a server raises for chunks it cannot read, under a name of its own."""


class Broken:
    """A body that breaks just when it could be complete."""

    def __init__(self, fault: Exception) -> None:
        """Break in this way."""
        self.coming: Iterator[bytes | Exception] = iter([CREDENTIALS, fault])

    def read(self, _size: int = -1) -> bytes:
        """Something, then the fault."""
        some = next(self.coming)
        if isinstance(some, Exception):
            raise some
        return some


def handed_on(app: Flask, body: BytesIO | Broken, **environment: str | bool) -> TestResponse:
    """What is answered to a body as gunicorn hands it on: it ends by itself, at the length it said or not."""
    return app.test_client().post(
        "/api/v1/auth/login",
        base_url=ORIGIN,
        headers=JSON,
        environ_overrides={"wsgi.input": body, "wsgi.input_terminated": True, **environment},
    )


def chunked(app: Flask, body: bytes) -> TestResponse:
    """What is answered to a body whose length shows only at its end."""
    return handed_on(app, BytesIO(body), HTTP_TRANSFER_ENCODING="chunked")


def test_64_kib_are_taken(stranger: Browser) -> None:
    body = CREDENTIALS.ljust(LIMIT)

    said, shown = stranger.post("/auth/login", data=body, headers=JSON), chunked(stranger.app, body)

    assert code(said) == code(shown) == (401, "invalid_credentials")


def test_one_byte_more_is_too_large_by_its_content_length(stranger: Browser) -> None:
    answer = stranger.post("/auth/login", data=CREDENTIALS.ljust(LIMIT + 1), headers=JSON)

    assert_refused(answer, 413, "payload_too_large")


@pytest.mark.parametrize("length", [LIMIT + 1, LIMIT + 2, 2 * LIMIT, 1_000_000])
def test_one_byte_more_is_too_large_while_reading(app: Flask, length: int) -> None:
    answer = chunked(app, CREDENTIALS.ljust(length))

    assert_refused(answer, 413, "payload_too_large")


def test_what_says_that_it_is_too_large_is_not_read_anywhere(app: Flask, steward: Service) -> None:
    too_large = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(LIMIT + 1)}

    answers = [
        steward.request(each.method, each.path, headers=JSON, environ_overrides=too_large) for each in with_body(app)
    ]

    assert len(answers) >= 7
    for answer in answers:
        assert_refused(answer, 413, "payload_too_large")


@pytest.mark.parametrize("missing", [1, 100])
def test_a_body_shorter_than_it_said_is_malformed(app: Flask, missing: int) -> None:
    answer = handed_on(app, BytesIO(CREDENTIALS), CONTENT_LENGTH=str(len(CREDENTIALS) + missing))

    assert_refused(answer, 400, "malformed_request")


@pytest.mark.parametrize("fault", [OSError(), ConnectionResetError(), TimeoutError(), ValueError(), ChunkError()])
def test_a_body_that_breaks_while_it_is_read_is_malformed_whatever_the_server_calls_it(
    app: Flask, fault: Exception
) -> None:
    answer = handed_on(app, Broken(fault), HTTP_TRANSFER_ENCODING="chunked")

    assert_refused(answer, 400, "malformed_request")
