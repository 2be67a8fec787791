"""The law of the tables."""

import re

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipDirection

from app.kit.database import Model
from app.kit.moments import UtcTime

TABLES = Model.metadata.sorted_tables
COLUMNS = [column for table in TABLES for column in table.columns]
AT_REST = re.compile(r"(_hash|_digest|_at)$")


def test_children_know_their_parents_and_never_the_reverse() -> None:
    related = [each for mapper in Model.registry.mappers for each in mapper.relationships]

    assert {each.direction for each in related} <= {RelationshipDirection.MANYTOONE}
    assert {each.lazy for each in related} <= {"raise"}


def test_every_constraint_and_index_has_a_name() -> None:
    constraints = [each for table in TABLES for each in table.constraints if not each.name]
    indexes = [each for table in TABLES for each in table.indexes if not each.name]

    assert (len(TABLES) > 0, constraints, indexes) == (True, [], [])


def test_what_belongs_to_a_row_goes_with_it() -> None:
    keys = [key for table in TABLES for key in table.foreign_keys]

    assert {str(key.parent): key.ondelete for key in keys if key.ondelete != "CASCADE"} == {}


def test_every_moment_is_aware() -> None:
    assert [str(each) for each in COLUMNS if isinstance(each.type, sa.DateTime)] == []
    assert all(isinstance(each.type, UtcTime) for each in COLUMNS if each.name.endswith(("_at", "_until")))


def test_no_secret_rests_in_the_clear() -> None:
    secrets = [each for each in COLUMNS if re.search("password|secret|token", each.name)]

    assert [str(each) for each in secrets if not AT_REST.search(each.name)] == []
