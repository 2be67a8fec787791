"""What the database holds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.keys.models import KeyRing
from app.kit import clock
from app.kit.database import db
from app.recovery.models import MailedToken
from app.sessions.models import Blocked
from config import Config
from tests.cast import Browser, Person
from tests.conftest import SECRET, MakeApp
from tests.doctor.asking import about, set_to
from tests.keys.conftest import Keys, active, commands, empty_ring

DAY = timedelta(days=1)
NEW_SECRET = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"


@pytest.fixture
def keys(app: Flask) -> Iterator[Keys]:
    """`flask keys ...` of a ring with one key that signs."""
    empty_ring(app)
    run = commands(app)
    run("rotate", "--now")
    yield run
    empty_ring(app)


def later(passed: timedelta) -> time_machine.travel:
    """The same deployment after so long."""
    return time_machine.travel(clock.now() + passed, tick=True)


def test_a_ring_that_is_looked_after_is_well(app: Flask, keys: Keys) -> None:
    assert active(keys)
    assert about(app, "keys") == {}


def test_a_ring_without_a_key_is_told_and_left_without(app: Flask, keys: Keys) -> None:
    empty_ring(app)

    assert about(app, "keys") == {"keys.none": "note"}
    assert keys("list", "--json") == {"items": []}


def test_a_secret_that_does_not_open_the_active_key_is_fatal(keys: Keys, make_app: MakeApp) -> None:
    assert active(keys)

    assert about(make_app(secret_key=NEW_SECRET), "keys") == {"keys.active-unopened": "fatal"}


def test_another_key_that_does_not_open_is_told(app: Flask, keys: Keys, make_app: MakeApp) -> None:
    commands(make_app(secret_key=NEW_SECRET))("generate")

    assert active(keys)
    assert about(app, "keys") == {"keys.unopened": "warning"}


def test_a_key_under_an_old_secret_is_told_until_it_is_resealed(keys: Keys, make_app: MakeApp) -> None:
    assert active(keys)
    app = make_app(secret_key=NEW_SECRET, secret_key_fallbacks=(SECRET,))
    before = about(app, "keys")

    commands(app)("reseal")

    assert (before, about(app, "keys")) == ({"keys.old-secret": "warning"}, {"keys.fallbacks": "note"})


def test_a_key_that_has_signed_for_long_is_told(app: Flask, keys: Keys) -> None:
    assert active(keys)

    with later(181 * DAY):
        assert about(app, "keys") == {"keys.old": "note"}


def test_a_next_key_that_was_forgotten_is_told(app: Flask, keys: Keys) -> None:
    keys("generate")
    with later(6 * DAY):
        before = about(app, "keys")

    with later(8 * DAY):
        assert (before, about(app, "keys")) == ({}, {"keys.waiting": "note"})


def test_two_families_side_by_side_are_told(app: Flask, keys: Keys) -> None:
    keys("generate", "--algorithm", "RS256")
    keys("rotate", "--now")

    assert about(app, "keys") == {"keys.two-families": "note", "keys.algorithm": "note", "keys.rs": "note"}


def test_a_ring_that_has_lost_its_version_is_told(app: Flask, keys: Keys) -> None:
    assert active(keys)
    with app.app_context(), db.engine.begin() as connection:
        (row,) = connection.execute(sa.delete(KeyRing).returning(KeyRing.id, KeyRing.version)).all()

    found = about(app, "keys")

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.insert(KeyRing).values(id=row.id, version=row.version))
    assert found == {"keys.unknown": "warning"}


def test_mails_that_wait_are_told(app: Flask) -> None:
    Person(app, "ada@example.com").register()
    before = about(app, "outbox")

    with later(timedelta(minutes=11)):
        assert (before, about(app, "outbox")) == ({}, {"outbox.waits": "warning"})


def test_that_there_is_no_admin_is_told(app: Flask, alice: Browser) -> None:
    assert alice.get("/me").get_json()["roles"] == ["user"]
    assert about(app, "admins") == {"admins.none": "warning"}


def test_one_admin_is_few_in_production_and_a_disabled_one_is_none(app: Flask, admin: Browser, config: Config) -> None:
    with set_to(app, config):
        assert about(app, "admins") == {"admins.one": "note"}
    assert about(app, "admins") == {}

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE users SET disabled_at = created_at"))

    assert admin.get("/me").status_code == 401
    assert about(app, "admins") == {"admins.none": "warning"}


@pytest.mark.parametrize(("count", "found"), [(1000, {}), (1001, {"leftovers.blocklist": "warning"})])
def test_rows_that_nobody_prunes_are_told(app: Flask, count: int, found: dict[str, str]) -> None:
    over = clock.now() - 2 * DAY
    rows = [{"id": f"{each}", "reason": "logout", "expires_at": over} for each in range(count)]
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.insert(Blocked), rows)

    assert about(app, "leftovers") == found


def test_each_kind_of_row_that_is_over_is_told(app: Flask) -> None:
    over = {"email": "ada@example.com", "expires_at": clock.now() - 2 * DAY}
    tokens = [{"digest": f"{each}", "purpose": "verify"} | over for each in range(1001)]
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.insert(MailedToken), tokens)

    assert about(app, "leftovers") == {"leftovers.mailed_tokens": "warning"}


def test_events_that_nobody_forgets_are_told(app: Flask, alice: Browser) -> None:
    assert alice.get("/me/security-events").get_json()["items"]

    with later(400 * DAY):
        before = about(app, "leftovers")
    with later(402 * DAY):
        assert (before, about(app, "leftovers")) == ({}, {"leftovers.events": "warning"})


@pytest.mark.parametrize(
    ("people", "address", "found"),
    [
        (5, "10.0.0.7", {"clients.one": "warning"}),
        (5, "unknown", {"clients.one": "warning"}),
        (4, "10.0.0.7", {}),
        (5, "8.8.8.8", {}),
    ],
)
def test_people_who_all_look_like_the_proxy_are_told(
    app: Flask, people: int, address: str, found: dict[str, str]
) -> None:
    for each in range(people):
        person = Browser(app, f"person{each}@example.com")
        person.client.environ_base["REMOTE_ADDR"] = address
        person.register().log_in()

    assert about(app, "clients") == found


def test_people_from_two_addresses_are_told_apart(app: Flask) -> None:
    for each in range(6):
        person = Browser(app, f"person{each}@example.com")
        person.client.environ_base["REMOTE_ADDR"] = f"10.0.0.{each // 5}"
        person.register().log_in()

    assert about(app, "clients") == {}


def test_a_clock_that_went_back_is_told(app: Flask, alice: Browser) -> None:
    assert alice.get("/me").status_code == 200
    before = about(app, "future")

    with later(-timedelta(minutes=1)):
        assert (before, about(app, "future")) == ({}, {"future.seen": "warning"})
