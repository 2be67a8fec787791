"""SQLite as it must be set up, on every connection: foreign keys hold, readers never wait, what was answered stays."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

from app import create_app
from app.kit.database import db, reader
from app.kit.prepared import Prepared
from app.users.models import User, UserRole
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import configured
from tests.kit.faults import listening

MakeDatabase = Callable[[Path], Flask]
PRAGMAS = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 4000, "cache_size": -512}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "latchkey.db"


@pytest.fixture
def make_database(tmp_path: Path) -> Iterator[MakeDatabase]:
    """An application on a database in that file."""
    made = []

    def make(file: Path) -> Flask:
        made.append(create_app(configured(tmp_path, database_url=f"sqlite:///{file}")))
        return made[-1]

    yield make
    for each in made:
        with each.app_context():
            db.engine.dispose()


@pytest.fixture
def app(make_database: MakeDatabase, file: Path) -> Flask:
    """The application on a database of its own, in SQLite."""
    app = make_database(file)
    with app.app_context():
        upgrade()
    return app


@pytest.fixture
def robot(app: Flask) -> Service:
    """A program signed in."""
    return Service(app, "robot@example.com").register().log_in()


def pragma(connection: PoolProxiedConnection, name: str) -> object:
    """How the connection is set up."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {name}")
    return cursor.fetchall()[0][0]


@pytest.mark.usefixtures("as_in_production")
def test_every_connection_is_set_up_for_reading_and_for_writing(app: Flask) -> None:
    with app.app_context():
        engines = [db.engine] * 4 + [reader()] * 4
    connections = [engine.raw_connection() for engine in engines]

    found = [{name: pragma(each, name) for name in PRAGMAS} for each in connections]

    for each in connections:
        each.close()
    assert found == [PRAGMAS] * 8


def test_a_row_cannot_point_nowhere(app: Flask) -> None:
    orphan = "INSERT INTO user_roles (user_id, role) VALUES ('0', 'user')"

    with app.app_context(), pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.exec_driver_sql(orphan)


def test_a_transaction_has_the_writers_lock_from_its_beginning(app: Flask, file: Path) -> None:
    with app.app_context(), db.engine.begin():
        other = sqlite3.connect(file, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

        other.close()


def test_readers_do_not_wait_for_the_writer(robot: Service, file: Path) -> None:
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM tasks")

    answers = [robot.get(path).status_code for path in ("/me", "/tasks", "/readyz")]

    writer.execute("ROLLBACK")
    writer.close()
    assert answers == [200, 200, 200]


def test_a_full_disk_is_unavailable_and_keeps_nothing_of_the_write(app: Flask, robot: Service) -> None:
    task = {"title": "Rest", "description": "z" * 10_000}
    robot.post("/tasks", json=task)

    with listening(app, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count=1")):
        refused = next(each for each in (robot.post("/tasks", json=task) for _ in range(50)) if each.status_code != 201)
        kept = robot.get("/tasks?limit=100").get_json()["items"]

    assert code(refused) == (503, "unavailable")
    assert refused.headers["Retry-After"].isdigit()
    with listening(app, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count=100000")):
        assert robot.post("/tasks", json=task).status_code == 201
        assert len(robot.get("/tasks?limit=100").get_json()["items"]) == len(kept) + 1


def test_a_write_that_waits_too_long_for_another_is_unavailable(app: Flask, robot: Service, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with listening(app, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=50")):
        answer = robot.post("/tasks", json={"title": "Rest"})

    other.execute("ROLLBACK")
    other.close()
    assert code(answer) == (503, "unavailable")
    assert robot.post("/tasks", json={"title": "Rest"}).status_code == 201


def test_a_file_that_appears_is_used_at_once(make_database: MakeDatabase, tmp_path: Path) -> None:
    app = make_database(tmp_path / "gone" / "latchkey.db")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    before = Browser(app).post("/auth/login", json=credentials)
    (tmp_path / "gone").mkdir()
    with app.app_context():
        upgrade()

    robot = Service(app, "ada@example.com").register().log_in()

    assert code(before) == (503, "unavailable")
    assert robot.get("/me").status_code == 200


@pytest.mark.usefixtures("robot")
def test_a_row_that_cannot_be_read_leaves_no_old_view_behind(app: Flask, file: Path) -> None:
    names = Prepared(sa.select(User.name))
    many = Prepared(sa.select(sa.func.count().label("many")).select_from(UserRole))
    with closing(sqlite3.connect(file, isolation_level=None)) as another, app.app_context():
        another.execute("UPDATE users SET name = CAST(x'ff' AS TEXT)")
        with pytest.raises(OperationalError):
            names.rows()

        another.execute("DELETE FROM user_roles")

        assert many.rows()[0].many == 0
