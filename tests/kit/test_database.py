"""What tables are made of: moments with their zone, rows that are new or not, and deletions that stay small."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit import clock
from app.kit.database import add_new, db, delete_batch, read
from app.sessions.models import Blocked
from app.tasks.models import Task
from app.users.models import User, UserRole
from tests.cast import Service

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
MOMENTS = {
    "now": NOW,
    "without a fraction": NOW.replace(microsecond=0),
    "in the east": NOW.astimezone(timezone(timedelta(hours=14))),
    "in the west": NOW.astimezone(timezone(-timedelta(hours=11, minutes=30))),
    "long ago": datetime(1, 1, 1, tzinfo=UTC),
    "before the epoch": datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
    "beyond 2038": datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    "in the end": datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
}


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """Inside the application."""
    with app.app_context():
        yield


def row(name: str, *, at: datetime = NOW) -> dict[str, object]:
    """The values of a blocklist row."""
    return {"id": name, "reason": "logout", "expires_at": at}


def names() -> set[str]:
    """The rows that are there for everybody to see."""
    return {each.id for each in read(sa.select(Blocked.id))}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_moment_comes_back_as_itself_in_utc(moment: datetime) -> None:
    add_new(Blocked, row("first", at=moment))
    db.session.commit()

    (found,) = read(sa.select(Blocked.expires_at))

    assert found.expires_at == moment
    assert found.expires_at.tzinfo is UTC or found.expires_at.utcoffset() == timedelta(0)


@pytest.mark.usefixtures("session")
def test_moments_are_compared_as_moments_whatever_their_zone() -> None:
    east, west = timezone(timedelta(hours=14)), timezone(-timedelta(hours=11))
    add_new(Blocked, row("earlier", at=NOW.astimezone(east)))
    add_new(Blocked, row("later", at=(NOW + timedelta(microseconds=1)).astimezone(west)))
    db.session.commit()

    earlier = read(sa.select(Blocked.id).where(Blocked.expires_at <= NOW.astimezone(west)))
    ordered = read(sa.select(Blocked.id).order_by(Blocked.expires_at))

    assert [each.id for each in earlier] == ["earlier"]
    assert [each.id for each in ordered] == ["earlier", "later"]


def test_no_moment_stays_none(robot: Service) -> None:
    task = robot.post("/tasks", json={"title": "Rest", "due_at": None}).get_json()

    with robot.app.app_context():
        (found,) = read(sa.select(Task.due_at, Task.id, Task.created_at))

    assert found.due_at is None
    assert found.id == UUID(task["id"])
    assert found.created_at.utcoffset() == timedelta(0)


@pytest.mark.usefixtures("session")
def test_a_new_row_is_added_and_one_that_is_there_is_left_as_it_is() -> None:
    answers = [add_new(Blocked, row("first")), add_new(Blocked, row("first", at=NOW + timedelta(days=1)))]
    db.session.commit()

    (kept,) = read(sa.select(Blocked.expires_at))

    assert answers == [True, False]
    assert kept.expires_at == NOW


@pytest.mark.usefixtures("session")
def test_a_duplicate_does_not_spoil_the_transaction() -> None:
    add_new(Blocked, row("first"))
    db.session.commit()

    answers = [add_new(Blocked, row("second")), add_new(Blocked, row("first")), add_new(Blocked, row("third"))]
    db.session.commit()

    assert answers == [True, False, True]
    assert names() == {"first", "second", "third"}


def test_any_unique_key_counts_not_only_the_primary_one(robot: Service) -> None:
    with robot.app.app_context():
        (user,) = read(sa.select(*User.__table__.columns))

        added = add_new(User, user._asdict() | {"id": UUID(int=7)})

        assert user.email == robot.email
        assert not added


@pytest.mark.usefixtures("session")
def test_what_is_wrong_besides_is_an_error_not_a_duplicate() -> None:
    with pytest.raises(sa.exc.IntegrityError):
        add_new(UserRole, {"user_id": UUID(int=7), "role": "user"})

    db.session.rollback()


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("there", "gone"), [(0, 0), (1, 1), (20, 20), (21, 20), (500, 20)])
def test_a_batch_is_never_larger_than_asked(there: int, gone: int) -> None:
    for each in range(there):
        add_new(Blocked, row(str(each)))
    add_new(Blocked, row("young", at=NOW + timedelta(days=1)))
    db.session.commit()

    deleted = delete_batch(Blocked.id, until=Blocked.expires_at, by=NOW, batch=20)
    db.session.commit()

    assert deleted == gone
    assert len(names()) == there - gone + 1
    assert "young" in names()


@pytest.mark.usefixtures("session")
def test_batches_come_to_an_end() -> None:
    for each in range(50):
        add_new(Blocked, row(str(each)))
    db.session.commit()

    gone = [delete_batch(Blocked.id, until=Blocked.expires_at, by=NOW, batch=20) for _ in range(4)]
    db.session.commit()

    assert gone == [20, 20, 10, 0]
    assert names() == set()


@pytest.mark.usefixtures("session")
def test_ids_are_ordered_by_their_birth_and_moments_are_aware() -> None:
    made = [Task(owner_id=UUID(int=7), title=str(each)) for each in range(1000)]

    ids = [each.id for each in made]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000
    assert {each.version for each in ids} == {7}
    assert all(each.created_at.tzinfo is UTC and each.created_at <= clock.now() for each in made)
