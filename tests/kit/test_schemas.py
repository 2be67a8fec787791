"""The fields that schemas are made of: what each takes, and what it refuses."""

import math
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from app.kit.schemas import Choice, Line, Moment, Schema, Secret, Text, WholeNumber, zulu

ROW = "\N{ROWBOAT}"
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
OTHER_TYPES: list[Any] = [None, True, False, 0, 1, 1.5, math.inf, [], ["a"], {}, {"a": 1}, b"a"]


class Colour(StrEnum):
    """What a choice is made from."""

    RED = "red"
    DARK_RED = "dark red"


class Named(Schema):
    """A schema with one field."""

    name = Line(required=True)


TAKEN: dict[str, tuple[fields.Field[Any], list[Any]]] = {
    "Text": (
        Text(),
        ["", "a", " ", "two\nlines\r\n\tand a tab", "ü" + ROW, "\N{RIGHT-TO-LEFT OVERRIDE}a", "\N{LINE SEPARATOR}"],
    ),
    "Line": (Line(), ["", "a", " ", "ü" + ROW, "Zoë\u0308", "\N{ZERO WIDTH JOINER}", "<b>", "Robert'); DROP TABLE"]),
    "Line of 1 to 3": (Line(min_length=1, max_length=3), ["a", "abc", ROW * 3]),
    "Line of 2 at least": (Line(min_length=2), ["ab", "a" * 10_000]),
    "Secret": (Secret(), ["", "a", "\x00", "a\nb\x7f", ROW, OVERRIDE, " a "]),
    "Choice": (Choice(Colour), ["red", "dark red"]),
}
REFUSED: dict[str, tuple[fields.Field[Any], list[Any]]] = {
    "Text": (Text(), ["\x00", "a\x00", "\x08", "\x0b", "\x1b[0m", "\x7f", "\x85", "\ud800", "a\udfff"]),
    "Line": (
        Line(),
        [
            *("\x00", "a\nb", "a\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\ud800", f"{OVERRIDE}a"),
            *("\N{LINE SEPARATOR}", "\N{PARAGRAPH SEPARATOR}", "\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT ISOLATE}"),
        ],
    ),
    "Line of 1 to 3": (Line(min_length=1, max_length=3), ["", "abcd", ROW * 4]),
    "Line of 2 at least": (Line(min_length=2), ["", "a"]),
    "Line of 2 at most": (Line(max_length=2), ["abc"]),
    "Secret": (Secret(), ["\ud800", "a\udc00b"]),
    "Choice": (Choice(Colour), ["", "RED", "red ", "Red", "dark", "red\x00", "Colour.RED", "RED|DARK_RED"]),
}
NUMBERS: list[tuple[Any, int]] = [(1, 1), (100, 100), ("1", 1), ("100", 100), ("007", 7)]
NO_NUMBERS: list[Any] = [
    *(each for each in OTHER_TYPES if each != 1 or each is True),
    *(0, 101, -1, 2**63, -(2**63), 10**4000, 1.0, 2.5, math.nan),
    *("", " 1", "1 ", "+1", "-1", "1.0", "1e1", "0x1", "1_0", "a", "\N{FULLWIDTH DIGIT ONE}", "\u0661", "1\n", "1\x00"),
    *("9" * 18, "9" * 19, "9" * 5000, "yes", "true"),
]
MOMENTS = {
    "2026-01-31T12:00:00Z": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "2026-01-31t12:00:00z": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "2026-01-31 12:00:00Z": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "2026-01-31T12:00:00.5Z": datetime(2026, 1, 31, 12, 0, 0, 500_000, UTC),
    "2026-01-31T12:00:00.123456Z": datetime(2026, 1, 31, 12, 0, 0, 123_456, UTC),
    "2026-01-31T12:00:00.1234567Z": datetime(2026, 1, 31, 12, 0, 0, 123_456, UTC),  # as .NET writes it
    "2026-01-31T12:00:00.123456789+00:00": datetime(2026, 1, 31, 12, 0, 0, 123_456, UTC),  # as Go does
    "2026-01-31T12:00:00+14:00": datetime(2026, 1, 30, 22, tzinfo=UTC),
    "2026-01-31T12:00:00-00:00": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "2026-01-31T23:59:59-23:59": datetime(2026, 2, 1, 23, 58, 59, tzinfo=UTC),
    "2024-02-29T00:00:00Z": datetime(2024, 2, 29, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59.999999Z": datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
}
NO_MOMENTS: list[Any] = [
    *OTHER_TYPES,
    *("", "now", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00Z", "2026-01-31T12:00:00.Z"),
    *("20260131T120000Z", "2026-W05-6T12:00:00Z", "2026-031T12:00:00Z", "2026-1-31T12:00:00Z", "1769860800"),
    *("2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-31T24:00:00Z"),
    *("2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0100"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z"),
    *(" 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z\n", "2026-01-31T12:00:00Z\x00", "2026-01-31T12:00:00 Z"),
    *(
        "\N{FULLWIDTH DIGIT TWO}026-01-31T12:00:00Z",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31_12:00:00Z",
        "2026-01-31T12:00:00+01:00:00",
    ),
]
TAKEN_CASES = [(field, value) for field, values in TAKEN.values() for value in values]
REFUSED_CASES = [(field, value) for field, values in REFUSED.values() for value in [*values, *OTHER_TYPES]]


@pytest.mark.parametrize(("field", "value"), TAKEN_CASES)
def test_text_is_taken_as_it_is(field: fields.Field[str], value: str) -> None:
    assert field.deserialize(value) == value


@pytest.mark.parametrize(("field", "value"), REFUSED_CASES)
def test_other_text_and_other_types_are_refused_without_being_repeated(field: fields.Field[str], value: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(value)

    said = str(refusal.value.messages)
    assert len(said) < 100
    assert "Not a valid" not in said


@pytest.mark.parametrize(("value", "number"), NUMBERS)
def test_a_whole_number_in_its_range_is_taken(value: object, number: int) -> None:
    found = WholeNumber(least=1, most=100).deserialize(value)

    assert found == number
    assert type(found) is int


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_anything_else_is_no_whole_number(value: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        WholeNumber(least=1, most=100).deserialize(value)

    assert "Not a valid" not in str(refusal.value.messages)


@pytest.mark.parametrize("value", ["-5", -5])
def test_a_range_may_lie_below_zero(value: object) -> None:
    assert WholeNumber(least=-10, most=0).deserialize(value) == -5


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_a_moment_of_rfc_3339_is_taken_in_utc(text: str, moment: datetime) -> None:
    found = Moment().deserialize(text)

    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_anything_else_is_no_moment(text: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        Moment().deserialize(text)

    assert "Not a valid" not in str(refusal.value.messages)


@settings(deadline=None)  # a busy machine is no error
@given(st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.timezones()))
def test_every_moment_is_shown_so_that_it_is_taken_again(moment: datetime) -> None:
    shown = zulu(moment)

    assert len(shown) == len("2026-01-31T12:00:00.000000Z")
    assert shown.endswith("Z")
    assert Moment().deserialize(shown) == moment.astimezone(UTC)


def test_a_moment_of_another_zone_is_shown_in_utc() -> None:
    east = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=14)))

    assert zulu(east) == "2026-01-30T22:00:00.000000Z"


@pytest.mark.parametrize("field", [Line(allow_none=True), Moment(allow_none=True)])
def test_null_is_taken_where_it_is_allowed(field: fields.Field[Any]) -> None:
    assert field.deserialize(None) is None


@pytest.mark.parametrize(
    "body", [{}, {"name": "a", "other": 1}, {"Name": "a"}, {"name": "a", "": ""}, [], "name", None]
)
def test_a_schema_takes_what_it_names_and_nothing_else(body: object) -> None:
    with pytest.raises(ValidationError):
        Named().load(body)  # type: ignore[arg-type]  # what comes in is anything
