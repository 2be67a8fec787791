"""What a scrape says of the parts, asked in the process itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from app.kit import clock
from app.kit.database import db
from app.metrics.state import OFTEN, State
from tests.cast import Browser, Person
from tests.conftest import MakeApp

Key = tuple[str, ...]


def shown(state: State) -> dict[Key, float]:
    """The samples, by their name and the values of their labels."""
    return {
        (sample.name.removeprefix("latchkey_"), *sample.labels.values()): sample.value
        for family in state.collect()
        for sample in family.samples
    }


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock by which states are remembered."""

    def monotonic(now: float) -> None:
        monkeypatch.setattr("app.metrics.state.monotonic", lambda: now)

    return monotonic


def test_every_table_is_counted(app: Flask, alice: Browser) -> None:
    alice.post("/tasks", json={"title": "Water the plants"})

    rows = {name[1]: value for name, value in shown(State(app)).items() if name[0] == "table_rows"}

    assert rows.keys() == set(db.metadata.tables)
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):  # PostgreSQL estimates, when it finds the time
        assert (rows["users"], rows["sessions"], rows["tasks"]) == (1, 1, 1)


def test_the_parts_the_keys_and_the_build_are_told(app: Flask, alice: Browser) -> None:
    alice.get("/me")

    told = shown(State(app))

    assert (told["ready",], told["check_ok", "database"], told["check_ok", "migrations"]) == (1, 1, 1)
    assert told["signing_keys", "active"] == 1
    assert told["signing_key_age_seconds",] >= 0
    assert [value for name, value in told.items() if name[0] == "build_info"] == [1]


def test_the_outbox_tells_how_long_its_oldest_mail_waits(app: Flask) -> None:
    assert (shown(State(app))["outbox_mails",], shown(State(app))["outbox_oldest_seconds",] < 60) == (0, True)
    Person(app, "ada@example.com").register()

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        told = shown(State(app))

    assert told["outbox_mails",] == 1
    assert told["outbox_oldest_seconds",] == pytest.approx(300, abs=60)


def test_a_state_is_asked_for_anew_after_a_while(app: Flask, monotonic: Callable[[float], None]) -> None:
    state = State(app)
    monotonic(1000)
    assert shown(state)["outbox_mails",] == 0
    Person(app, "ada@example.com").register()

    monotonic(1000 + OFTEN / 2)
    at_once = shown(state)["outbox_mails",]
    monotonic(1000 + OFTEN)

    assert (at_once, shown(state)["outbox_mails",]) == (0, 1)


def test_a_database_that_is_away_is_told_and_its_numbers_are_left_out(make_app: MakeApp) -> None:
    told = shown(State(make_app(database_url="sqlite:////nowhere/at/all.db")))

    assert (told["ready",], told["check_ok", "database"]) == (0, 0)
    assert ("outbox_mails",) not in told
