"""What cannot be read is 400, wherever a body is taken; what can be read but is no object is 422."""

import json

import pytest
from flask import Flask

from tests.cast import Browser, Service
from tests.errors.routes import JSON, with_body
from tests.errors.shape import CANARY, assert_refused, pointers

BIT_OF_ALL = b'{"email": "' + CANARY.encode() + b'", "password": "x"}'


def nested(containers: int, *, innermost: object) -> bytes:
    """An object around lists around lists, so many containers in all."""
    value = innermost
    for _ in range(containers - 1):
        value = [value]
    return json.dumps({"email": value}).encode()


MALFORMED = {
    "nothing": b"",
    "white space": b" \r\n\t ",
    "a broken object": b'{"email": "' + CANARY.encode(),
    "something behind it": BIT_OF_ALL + b"x",
    "two of them": BIT_OF_ALL + BIT_OF_ALL,
    "single quotes": b"{'email': 'canary-4711'}",
    "a trailing comma": b'{"email": "canary-4711",}',
    "a comment": b'{"email": "canary-4711" /* canary-4711 */}',
    "a raw control character": b'{"email": "canary-4711\x00"}',
    "60 000 opening brackets": b"[" * 60_000,
    "10 000 opening objects": b'{"a":' * 10_000,
    "33 containers": nested(33, innermost=CANARY),
    "33 containers, the innermost empty": nested(34, innermost={}).replace(b"[{}]", b"{}"),
    "33 containers, the innermost an object": nested(32, innermost={"a": 1}),
    "a name twice": b'{"email": "a", "password": "b", "email": "canary-4711"}',
    "a name twice, spelled differently": b'{"email": "a", "\\u0065mail": "canary-4711"}',
    "a name twice, nested": b'{"email": [{"canary-4711": 1, "canary-4711": 1}]}',
    "not a number": b'{"email": NaN}',
    "infinity": b'{"email": Infinity}',
    "minus infinity": b'{"email": [-Infinity]}',
    "5 000 digits": b'{"email": 1' + b"0" * 5_000 + b"}",
    "Latin-1": '{"email": "ü canary-4711"}'.encode("latin-1"),
    "an overlong encoding": b'{"email": "canary-4711\xc0\xaf"}',
    "half of a pair in UTF-8": b'{"email": "canary-4711\xed\xa0\x80"}',
    "UTF-16": BIT_OF_ALL.decode().encode("utf-16"),
    "UTF-16 without its mark": BIT_OF_ALL.decode().encode("utf-16-le"),
    "UTF-32": BIT_OF_ALL.decode().encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf" + BIT_OF_ALL,
}
READABLE = {
    "32 containers": nested(32, innermost=CANARY),
    "32 containers, the innermost empty": nested(32, innermost=[]).replace(b"[[]]", b"[]"),
    "beyond 64 bits": b'{"email": 9223372036854775808}',
    "4 000 digits": b'{"email": ' + b"9" * 4_000 + b"}",
    "beyond a float": b'{"email": 1e999}',
    "below a float": b'{"email": -1e-999}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_read_is_malformed(stranger: Browser, body: bytes) -> None:
    answer = stranger.post("/auth/login", data=body, headers=JSON)

    assert_refused(answer, 400, "malformed_request")


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE)
def test_what_can_just_be_read_is_judged_by_its_fields(stranger: Browser, body: bytes) -> None:
    answer = stranger.post("/auth/login", data=body, headers=JSON)

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/email", "/password"}


@pytest.mark.parametrize("body", [b"{", b'{"a": 1, "a": 1}', b"[" * 60_000, b"\xff"])
def test_no_route_takes_a_malformed_body(app: Flask, steward: Service, body: bytes) -> None:
    routes = with_body(app)

    answers = {str(each): steward.request(each.method, each.path, data=body, headers=JSON) for each in routes}

    assert len(answers) >= 7
    for answer in answers.values():
        assert_refused(answer, 400, "malformed_request")


@pytest.mark.parametrize("body", ["null", "true", "0", "1.5", '"canary-4711"', "[]", '[{"email": "canary-4711"}]'])
def test_no_route_takes_anything_but_an_object(app: Flask, steward: Service, body: str) -> None:
    routes = with_body(app)

    answers = [steward.request(each.method, each.path, data=body, headers=JSON) for each in routes]

    for answer in answers:
        assert pointers(assert_refused(answer, 422, "validation_failed")) == {""}


def test_routes_without_a_body_ignore_one(robot: Service) -> None:
    answer = robot.post("/auth/logout", data=b"[" * 60_000, headers={"Content-Type": "text/plain"})

    assert answer.status_code == 204
