"""What schemas are made of: strict fields with messages of our own, and the base that refuses unknown names."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
CONTROLS_BUT_LAYOUT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ALWAYS = {"required": "This field is required.", "null": "This field may not be null."}
SURROGATES = re.compile("[\ud800-\udfff]")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Schema(ma.Schema):
    """A body or an answer: what it does not name, it refuses."""

    class Meta:
        """Strict."""

        unknown = ma.RAISE

    error_messages = {
        "unknown": "There is no such field.",
        "type": "This must be a JSON object.",
    }


class Text(fields.String):
    """Text of several lines: Unicode that can be stored, no control characters but tab and line ends."""

    default_error_messages = {
        **ALWAYS,
        "invalid": "This must be a string.",
        "invalid_utf8": "This must be a string.",
        "characters": "This holds characters that cannot be stored.",
    }
    forbidden: ClassVar[tuple[re.Pattern[str], ...]] = (SURROGATES, CONTROLS_BUT_LAYOUT)

    def __init__(self, *, min_length: int = 0, max_length: int | None = None, **options: Any) -> None:
        """Take between `min_length` and `max_length` characters."""
        self.min_length, self.max_length = min_length, max_length
        super().__init__(**options)
        if min_length or max_length is not None:
            message = self._length_message()
            self.validators.insert(0, validate.Length(min=min_length or None, max=max_length, error=message))

    def _length_message(self) -> str:
        if self.max_length is None:
            return "This must have at least {min} characters."
        if self.min_length <= 0:
            return "This may have at most {max} characters."
        return "This must have {min} to {max} characters."

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if any(pattern.search(value) for pattern in self.forbidden):
            raise self.make_error("characters")
        return value


class Line(Text):
    """Text of one line, without characters that turn the direction of what follows."""

    forbidden = (SURROGATES, CONTROLS, BIDI)


class Secret(Text):
    """A password or token, taken as it is: NUL and emoji included."""

    forbidden = (SURROGATES,)


class Choice(Text):
    """One of a few words."""

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        """Take the enum's values."""
        error = "This must be one of: " + ", ".join(words) + "."
        super().__init__(validate=validate.OneOf([str(word) for word in words], error=error), **options)


class Flag(fields.Boolean):
    """A yes or no: `true` or `false` of JSON, and nothing that merely looks like it; `as_word` in a query."""

    default_error_messages = {
        **ALWAYS,
        "invalid": "This must be true or false.",
    }

    def __init__(self, *, as_word: bool = False, **options: Any) -> None:
        """Take JSON's two values, or the two words for them."""
        self.words: Mapping[Any, bool] = {"true": True, "false": False} if as_word else {}
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        said = self.words.get(value) if self.words and isinstance(value, str) else value
        if said is not True and said is not False:
            raise self.make_error("invalid")
        return said


class WholeNumber(fields.Integer):
    """A whole number in ASCII digits within a range: never 1.9, True or full-width digits."""

    default_error_messages = {
        **ALWAYS,
        "invalid": "This must be a whole number.",
        "too_large": "This number is too large.",
    }

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        """Take `least` to `most`."""
        between = validate.Range(min=least, max=most, error=f"This must be {least} to {most}.")
        super().__init__(strict=True, validate=between, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, str) and not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise self.make_error("invalid")
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise self.make_error("invalid")
        return int(value)


class Id(fields.UUID):
    """The id of a record."""

    default_error_messages = {
        **ALWAYS,
        "invalid_uuid": "This must be an id such as 0190a5c2-7b1e-7c3d-8f00-5a6b7c8d9e0f.",
    }


class Moment(fields.DateTime):
    """A moment in RFC 3339 with its offset; shown in UTC, ending in `Z`."""

    default_error_messages = {
        **ALWAYS,
        "invalid": "This must be a moment as in RFC 3339, such as 2026-01-31T12:00:00Z.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not RFC3339.fullmatch(value):
            raise self.make_error("invalid")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None

    def _serialize(self, value: datetime | str | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else shown_moment(value)


def shown_moment(moment: datetime | str) -> str:
    """The moment as `zulu` shows it; text was shown by the database's own type (`app.kit.shown`)."""
    return moment if isinstance(moment, str) else zulu(moment)


def zulu(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond, ending in `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"  # for +00:00
