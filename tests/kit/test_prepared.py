"""The hot path's own way to the database: the same values and names of errors, and no lost connection is kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kit.database import db, inserting, read, reader, writer
from app.kit.prepared import Prepared, contains, literal
from app.sessions.models import Blocked
from app.tasks.models import Task
from app.users.models import User
from tests.cast import Service, code
from tests.conftest import MakeApp
from tests.kit.faults import failing, hang_up, listening

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, UTC)
FOUND = {"100%": True, "%": True, "SURE": True, "0_": False, "/": False}
BLOCKED = cast("sa.Table", Blocked.__table__)
WRITE = Prepared(sa.insert(BLOCKED))
ONE = Prepared(sa.select(sa.literal_column("1").label("one")))


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """Inside the application."""
    with app.app_context():
        yield


def test_it_reads_what_sqlalchemy_reads(robot: Service) -> None:
    columns = (User.id, User.email, User.name, User.created_at, User.disabled_at)
    with robot.app.app_context():
        (expected,) = read(sa.select(*columns).where(User.email == robot.email))

        (found,) = Prepared(sa.select(*columns).where(User.id == sa.bindparam("user_id"))).rows(user_id=expected.id)

        assert {name: getattr(found, name) for name in expected._fields} == expected._asdict()
        assert isinstance(found.id, UUID)
        assert found.created_at.tzinfo is UTC


@pytest.mark.usefixtures("session")
def test_moments_go_in_as_they_come_out() -> None:
    db.session.add(Blocked(id="first", reason="logout", expires_at=NOW))
    db.session.commit()
    at = Prepared(sa.select(Blocked.id, Blocked.expires_at).where(Blocked.expires_at == sa.bindparam("at")))

    for _ in range(10):  # beyond where a driver prepares what it hears often
        assert at.rows(at=None) == []
        assert [(row.id, row.expires_at) for row in at.rows(at=NOW)] == [("first", NOW)]
        assert at.rows(at=NOW.replace(microsecond=0)) == []


@pytest.mark.usefixtures("session")
def test_no_rows_are_an_empty_list() -> None:
    assert Prepared(sa.select(Task.id)).rows() == []


@pytest.mark.usefixtures("session")
def test_what_is_wrong_with_a_statement_is_said_in_sqlalchemys_names_without_its_values(app: Flask) -> None:
    broken = Prepared(sa.select(sa.literal_column("nonsense")).where(sa.bindparam("secret", type_=sa.String) == "x"))

    with pytest.raises((OperationalError, ProgrammingError)) as refused:
        broken.rows(secret="hunter2")

    assert "hunter2" not in str(refused.value)
    assert ONE.rows()[0].one == 1
    assert pool(app).checkedout() == 0


def test_a_bug_between_loses_no_connection(make_app: MakeApp) -> None:
    app = make_app(web_threads=2)
    with app.app_context():
        broken = Prepared(sa.select(User.id).where(User.id == sa.bindparam("user_id")))

        for _ in range(10):
            with pytest.raises((AttributeError, DBAPIError)):
                broken.rows(user_id=object())

        assert ONE.rows()[0].one == 1
        assert pool(app).checkedout() == 0


def test_a_pool_that_is_empty_is_unavailable(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(web_threads=2)
    with app.app_context():
        monkeypatch.setattr(pool(app), "_timeout", 0.01)
        held = [reader().connect() for _ in range(4)]

        with pytest.raises(PoolTimeout):
            ONE.rows()

        for each in held:
            each.close()
        assert ONE.rows()[0].one == 1


def test_a_database_that_fails_lets_nobody_in(robot: Service) -> None:
    with failing(robot.app, "checkout", OperationalError("", {}, Exception())):
        answer = robot.get("/me")

    assert code(answer) == (503, "unavailable")
    assert robot.get("/me").status_code == 200


@pytest.mark.usefixtures("session")
def test_what_it_writes_is_part_of_the_transaction() -> None:
    for name in ("kept", "forgotten"):
        WRITE.on(writer(), **row(name))
        db.session.commit() if name == "kept" else db.session.rollback()

    assert [(each.id, each.expires_at) for each in read(sa.select(Blocked.__table__))] == [("kept", NOW)]


@pytest.mark.usefixtures("session")
def test_returning_brings_what_sqlalchemy_brings() -> None:
    WRITE.on(writer(), **row("first"))
    later = NOW + timedelta(seconds=1)
    change = sa.update(BLOCKED).where(BLOCKED.c.id == sa.bindparam("name"))
    moved = Prepared(change.values(expires_at=sa.bindparam("then")).returning(BLOCKED.c.id, BLOCKED.c.expires_at))

    assert [(each.id, each.expires_at) for each in moved.on(writer(), name="first", then=later)] == [("first", later)]
    assert moved.on(writer(), name="nobody", then=later) == []
    assert read_within(BLOCKED.c.expires_at) == [later]


@pytest.mark.usefixtures("session")
def test_a_statement_may_differ_between_databases() -> None:
    made_for: list[str] = []

    def statement(dialect: str) -> sa.UpdateBase:
        made_for.append(dialect)
        return inserting(dialect, Blocked).on_conflict_do_nothing()  # type: ignore[no-any-return]  # of no common type

    insert = Prepared(statement)
    for _ in range(3):
        insert.on(writer(), **row("first"))

    assert made_for == [db.engine.dialect.name]
    assert read_within(BLOCKED.c.id) == ["first"]


def test_who_listens_for_statements_hears_of_it(app: Flask) -> None:
    heard: list[str] = []

    with app.app_context(), listening(app, "before_cursor_execute", lambda *said: heard.append(said[2])):
        WRITE.on(writer(), **row("first"))

    assert [each.split()[0] for each in heard] == ["BEGIN", "INSERT"]


@pytest.mark.usefixtures("session")
def test_a_write_that_is_refused_is_named_without_its_values_and_spoils_nothing(app: Flask) -> None:
    WRITE.on(writer(), **row("first"))
    with pytest.raises(IntegrityError) as refused:
        WRITE.on(writer(), **row("first"))
    db.session.rollback()

    assert (refused.value.params, refused.value.connection_invalidated) == (None, False)
    assert read(sa.select(Blocked.id)) == []
    assert pool(app).checkedout() == 0
    WRITE.on(writer(), **row("first"))
    assert read_within(BLOCKED.c.id) == ["first"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_while_it_writes_is_given_up(app: Flask) -> None:
    with app.app_context():
        connection = writer()
        hang_up(db.engine, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        with pytest.raises(OperationalError) as lost:
            WRITE.on(connection, **row("first"))
        given_up = connection.invalidated
        db.session.rollback()

        assert (lost.value.connection_invalidated, given_up) == (True, True)
        assert pool(app)._invalidate_time > 0  # those as old go too, when they are asked for
        WRITE.on(writer(), **row("second"))
        assert read_within(BLOCKED.c.id) == ["second"]


@pytest.mark.usefixtures("session")
def test_words_mean_themselves() -> None:
    text: Any = sa.literal("100% sure", sa.String)
    words = sa.bindparam("words", type_=sa.String)
    asked = Prepared(sa.select(sa.literal_column("1").label("one")).where(contains(text, words)))

    assert {each: bool(asked.rows(words=literal(each))) for each in FOUND} == FOUND


def row(name: str) -> dict[str, Any]:
    """A row of the blocklist."""
    return {"id": name, "reason": "logout", "expires_at": NOW}


def read_within(column: Any) -> list[Any]:
    """What this transaction sees."""
    return list(db.session.scalars(sa.select(column)))


def pool(app: Flask) -> Any:
    """Where the application's connections are kept."""
    with app.app_context():
        return db.engine.pool
