"""What a schema says of no query is remembered; nobody can tell."""

import pytest
from flask import Flask

from app.kit.arguments import Parser
from app.kit.paging import PageQuery
from app.kit.problems import ValidationFailed
from app.kit.schemas import Line, Schema

NOTHING = {"limit": 20, "cursor": None}


class Needy(Schema):
    """A query that cannot be empty."""

    name = Line(required=True)


def test_a_query_counts_before_and_after_none(app: Flask) -> None:
    parser, schema, found = Parser(), PageQuery(), []

    for query in ("", "?limit=3", "", "?cursor=x", ""):
        with app.test_request_context(f"/{query}"):
            found.append(parser.parse(schema, location="query"))

    assert found == [NOTHING, NOTHING | {"limit": 3}, NOTHING, NOTHING | {"cursor": "x"}, NOTHING]


def test_what_one_view_does_with_it_is_not_seen_by_the_next(app: Flask) -> None:
    parser, schema = Parser(), PageQuery()
    with app.test_request_context("/"):
        parser.parse(schema, location="query").clear()

        assert parser.parse(schema, location="query") == NOTHING


def test_each_schema_has_its_own_and_what_is_missing_is_refused_each_time(app: Flask) -> None:
    parser, needy = Parser(), Needy()
    with app.test_request_context("/"):
        parser.parse(PageQuery(), location="query")

        for _ in range(2):
            with pytest.raises(ValidationFailed):
                parser.parse(needy, location="query")
