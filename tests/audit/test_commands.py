"""`flask audit ...`: events for elsewhere, and an end to those kept long enough."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from uuid6 import uuid7

from app.audit.models import AuditEvent
from app.kit import clock
from app.kit.database import db, transaction
from app.kit.schemas import zulu
from tests.audit.events import events
from tests.cast import Browser

DAY = timedelta(days=1)


def flask(app: Flask, *arguments: str) -> Result:
    """Run `flask audit` with these arguments."""
    return app.test_cli_runner().invoke(args=["audit", *arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    """What was printed, line by line."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def tell(app: Flask, *ages: timedelta) -> None:
    """Events of these ages."""
    rows = [
        {"id": uuid7(), "created_at": clock.now() - age, "action": "user.renamed", "detail": {"n": number}}
        for number, age in enumerate(ages)
    ]
    with app.app_context(), transaction():
        db.session.execute(sa.insert(AuditEvent), rows)


def test_the_export_has_the_api_s_events_oldest_first(admin: Browser) -> None:
    listed = admin.get("/admin/audit-events").get_json()["items"]

    assert lines(flask(admin.app, "export")) == listed[::-1]


def test_the_export_begins_where_it_is_told(app: Flask) -> None:
    tell(app, 3 * DAY, 2 * DAY, DAY)
    moment = next(each.created_at for each in events(app) if each.detail == {"n": 1})

    assert [each["detail"]["n"] for each in lines(flask(app, "export", "--since", zulu(moment)))] == [1, 2]


def test_a_long_export_is_read_in_chunks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.audit.service.CHUNK", 2)
    tell(app, *[DAY] * 5)

    assert [each["detail"]["n"] for each in lines(flask(app, "export"))] == [0, 1, 2, 3, 4]


def test_prune_deletes_what_was_kept_long_enough_in_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.audit.commands.BATCH", 2)
    tell(app, 401 * DAY, 402 * DAY, 403 * DAY, 399 * DAY, DAY)

    result = flask(app, "prune")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "3\n", "2 rows deleted\n3 rows deleted\n")
    assert [each.detail["n"] for each in events(app)] == [3, 4]


def test_prune_keeps_them_as_long_as_it_is_told(app: Flask) -> None:
    tell(app, 3 * DAY, DAY)

    assert [flask(app, "prune", "--older-than", each).stdout for each in ("999999999d", "48h")] == ["0\n", "1\n"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["prune", "--older-than", "long"],
        ["prune", "--older-than", ""],
        ["prune", "--older-than", "9999999999d"],
        ["export", "--since", "yesterday"],
        ["export", "now"],
        ["burn"],
    ],
)
def test_a_misspelt_command_is_a_usage_error(app: Flask, arguments: list[str]) -> None:
    tell(app, 500 * DAY)

    assert flask(app, *arguments).exit_code == 2
    assert len(events(app)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["export", "prune"]),
        (["export", "--help"], ["--since", "JSON", "oldest first"]),
        (["prune", "--help"], ["--older-than", "400d", "docs/audit.md"]),
    ],
)
def test_help_says_what_a_command_takes_and_does(app: Flask, arguments: list[str], words: list[str]) -> None:
    said = flask(app, *arguments).stdout

    assert [word for word in words if word not in said] == []


def test_the_moment_of_an_event_ends_in_z(app: Flask) -> None:
    tell(app, DAY)

    (event,) = lines(flask(app, "export"))
    assert datetime.fromisoformat(event["created_at"]).tzinfo == UTC
    assert event["created_at"].endswith("Z")
