"""The quick way out shows what marshmallow shows, for every schema of the house."""

from collections.abc import Iterator
from dataclasses import make_dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import marshmallow as ma
import pytest
from marshmallow import fields

from app.kit.dumping import dumper
from app.kit.schemas import Moment, Schema
from app.tasks.models import Status
from app.tasks.schemas import TaskOut, TaskPage
from app.users.schemas import UserOut

EAST = datetime(2026, 2, 1, 1, 2, 3, tzinfo=timezone(timedelta(hours=9)))
NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
SAMPLES: dict[type[fields.Field[Any]], list[Any]] = {
    fields.UUID: [UUID(int=7)],
    Moment: [NOW, EAST, "2026-11-21T12:00:00.123456Z"],
    fields.Boolean: [True, False],
    fields.Integer: [0, 7],
    fields.Dict: [{}],
    fields.String: ["", "Ünïcode \U0001f980", Status.TODO],
}


def every_schema(of: type[ma.Schema] = Schema) -> Iterator[type[ma.Schema]]:
    """The schema and all that are made from it."""
    for each in of.__subclasses__():
        if each.__module__.startswith("app."):
            yield each
            yield from every_schema(each)


def values(field: fields.Field[Any]) -> list[Any]:
    """What a field may have to show."""
    if isinstance(field, fields.Nested):
        return objects(field.schema)
    if isinstance(field, fields.List):
        return [[], values(field.inner)]
    return next((found for kind, found in SAMPLES.items() if isinstance(field, kind)), ["anything"])


def objects(schema: ma.Schema) -> list[Any]:
    """Objects with all that the schema shows, in each of its ways."""
    ways = {name: values(field) for name, field in schema.dump_fields.items()}
    longest = max((len(each) for each in ways.values()), default=1)
    taken = [{name: each[turn % len(each)] for name, each in ways.items()} for turn in range(longest)]
    return [
        SimpleNamespace(**{"actor_id": None, "subject_id": None} | each) for each in taken
    ]  # what a hook looks at, besides the fields


@pytest.mark.parametrize("kind", sorted(set(every_schema()), key=str), ids=lambda kind: kind.__name__)
def test_every_schema_shows_the_same_either_way(kind: type[ma.Schema]) -> None:
    schema = kind()
    shown = objects(schema)

    assert [dumper(schema)(each) for each in shown] == [schema.dump(each) for each in shown]


@pytest.mark.parametrize("kind", [TaskOut, UserOut])
def test_what_is_not_there_is_null(kind: type[ma.Schema]) -> None:
    nothing = SimpleNamespace(**dict.fromkeys(kind().dump_fields))

    assert dumper(kind())(nothing) == dict.fromkeys(kind().dump_fields)


def test_what_an_object_lacks_is_left_out_and_what_no_schema_names_stays_inside() -> None:
    task = make_dataclass("Task", ["title", "owner_id"])("Rest", UUID(int=7))

    assert dumper(TaskOut())(task) == {"title": "Rest"}


@pytest.mark.parametrize("shown", [{"title": "Rest", "owner_id": "secret"}, None, [], SimpleNamespace()])
def test_what_is_no_plain_object_is_left_to_marshmallow(shown: Any) -> None:
    assert dumper(TaskOut())(shown) == TaskOut().dump(shown)


class Hooked(Schema):
    """Says more than its fields."""

    name = fields.String()
    other = fields.String()

    @ma.post_dump
    def shout(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Say it louder."""
        return {key: value.upper() for key, value in data.items()}


class Renamed(Schema):
    """Names fields otherwise than objects do."""

    name = fields.String(data_key="title")
    other = fields.String(attribute="third")


class Trimmed(fields.String):
    """A field that shows less than it holds."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str:
        return str(value)[:2]


class Own(Schema):
    """Has a field of its own kind."""

    name = Trimmed()
    other = fields.String()


@pytest.mark.parametrize("kind", [Hooked, Renamed, Own])
def test_a_schema_with_ways_of_its_own_keeps_them(kind: type[ma.Schema]) -> None:
    shown = SimpleNamespace(name="long", other="longer", third="longest")

    assert dumper(kind())(shown) == kind().dump(shown)


def test_a_page_of_tasks_takes_the_quick_way() -> None:
    page = TaskPage()

    assert dumper(page) != page.dump
