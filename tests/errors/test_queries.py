"""What stands behind the question mark."""

import pytest
from flask import Flask

from tests.cast import Service
from tests.errors.routes import queries
from tests.errors.shape import CANARY, assert_refused, pointers

NO_LIMITS = (
    "",
    "0",
    "-1",
    "101",
    "1e1",
    "1.0",
    "+5",
    "%205",
    "5%20",
    "0x5",
    "1_0",
    "true",
    "null",
    "NaN",
    CANARY,
    "5%00",
    "%EF%BC%95",  # full-width 5
    "%D9%A5",  # Arabic-Indic 5
    "%ff",
    "9" * 18,
    "9" * 19,
    "9" * 3000,
    "5,5",
)
NO_CURSORS = (
    "",
    "A",
    "A" * 21,
    "A" * 23,
    "A" * 64,
    "A" * 65,
    "A" * 2000,
    "_" * 22,  # its last bits are no bits of the id
    "A" * 21 + "B",
    "A" * 22 + "%3D%3D",
    "A" * 22 + "%0a",
    "A" * 11 + "%20" + "A" * 11,
    "%2F" + "A" * 21,  # base64, but not base64url
    CANARY,
    "%00",
    "%ff",
    "%E2%80%AE",
    "%C3%BC" * 22,
    "00000000-0000-7000-8000-000000000000",
)


@pytest.mark.parametrize("limit", NO_LIMITS)
def test_a_bad_limit_fails_validation(robot: Service, limit: str) -> None:
    answer = robot.get(f"/tasks?limit={limit}")

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/limit"}


@pytest.mark.parametrize("limit", ["1", "20", "100", "005"])
def test_a_limit_is_1_to_100(robot: Service, limit: str) -> None:
    answer = robot.get(f"/tasks?limit={limit}")

    assert answer.status_code == 200


@pytest.mark.parametrize("cursor", NO_CURSORS)
def test_a_bad_cursor_is_malformed(robot: Service, cursor: str) -> None:
    answer = robot.get(f"/tasks?cursor={cursor}")

    assert_refused(answer, 400, "malformed_request")


@pytest.mark.parametrize("status", ["", CANARY, "TODO", "todo%00", "todo,done", "%ff"])
def test_a_bad_filter_fails_validation(robot: Service, status: str) -> None:
    answer = robot.get(f"/tasks?status={status}")

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/status"}


@pytest.mark.parametrize("words", [f"{CANARY}%00", f"{CANARY}%0a", f"{CANARY}%E2%80%AE", CANARY * 100])
def test_what_no_title_holds_cannot_be_looked_for(robot: Service, words: str) -> None:
    answer = robot.get(f"/tasks?q={words}")

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/q"}


@pytest.mark.parametrize("query", ["page=2", "%00=%00", "&&==&", "limit", "q=%ff", "q=%", f"{CANARY}={CANARY}", "%"])
def test_unknown_names_and_odd_spellings_are_no_obstacle(robot: Service, query: str) -> None:
    answer = robot.get(f"/tasks?{query}" if query != "limit" else "/tasks?Limit=0")

    assert answer.status_code == 200
    assert CANARY not in answer.text


@pytest.mark.parametrize("query", ["limit=0", f"cursor={CANARY}", "%ff=%ff"])
def test_where_no_query_is_taken_none_is_read(robot: Service, query: str) -> None:
    answer = robot.get(f"/me?{query}")

    assert answer.status_code == 200


def test_no_parameter_of_any_list_takes_a_byte_that_is_no_text(app: Flask, steward: Service) -> None:
    asked = [(path, name) for path, names in queries(app).items() for name in names if name != "cursor"]

    refused = [assert_refused(steward.get(f"{path}?{name}=%00"), 422, "validation_failed") for path, name in asked]

    assert [pointers(each) for each in refused] == [{f"/{name}"} for _, name in asked]
    assert {"/user_id", "/role", "/disabled"} <= {pointer for each in refused for pointer in pointers(each)}
