"""PostgreSQL behind a network that fails: hung up, refused, silent, and back again."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from uuid6 import uuid7
from werkzeug.test import TestResponse

from app import create_app
from app.kit import clock
from app.kit.database import db, delete_batch, read, reader
from app.sessions.models import Blocked
from tests.cast import Service
from tests.conftest import configured
from tests.errors.shape import assert_refused
from tests.kit.faults import hang_up, listening
from tests.kit.relay import Relay, relay
from tests.patience import PATIENCE
from tests.services import postgres_database

TASK = {"title": "Rest"}
OFTEN = 12  # psycopg prepares what it was asked more than five times


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An empty database, next door."""
    with postgres_database(f"latchkey_network_{os.getpid()}") as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def network(url: str) -> Iterator[Relay]:
    """What lies between the application and PostgreSQL."""
    assert url
    with relay() as made:
        yield made


@pytest.fixture
def remote(tmp_path: Path, url: str, network: Relay) -> Iterator[Flask]:
    """The application on the other side of the network."""
    parts = urlsplit(url)
    address = f"{parts.netloc.rpartition(':')[0]}:{network.port}"
    app = create_app(configured(tmp_path, database_url=parts._replace(netloc=address).geturl(), web_threads=2))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def robot(remote: Flask) -> Service:
    """A program signed in there."""
    return Service(remote, f"{uuid7()}@example.com").register().log_in()


def test_a_column_of_another_type_costs_one_answer(robot: Service, url: str) -> None:
    assert [robot.get("/me").status_code for _ in range(OFTEN)] == [200] * OFTEN
    with psycopg.connect(url.replace("+psycopg", "")) as migration:
        migration.execute("ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(400)")

    answers = [robot.get("/me") for _ in range(OFTEN)]

    assert_refused(answers[0], 503, "unavailable")
    assert [each.status_code for each in answers[1:]] == [200] * (OFTEN - 1)


def test_statements_that_a_pooler_forgot_cost_one_answer(robot: Service, remote: Flask) -> None:
    assert [robot.get("/me").status_code for _ in range(OFTEN)] == [200] * OFTEN
    with remote.app_context(), db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.pgconn.exec_(b"DEALLOCATE ALL")  # without the driver's knowledge

    answers = [robot.get("/me") for _ in range(OFTEN)]

    assert_refused(answers[0], 503, "unavailable")
    assert [each.status_code for each in answers[1:]] == [200] * (OFTEN - 1)


def test_a_server_that_takes_no_writes_is_read_from_until_another_takes_them(robot: Service, remote: Flask) -> None:
    with remote.app_context(), reader().connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = on")  # as a server that was demoted has it

    read_from, written_to = robot.get("/me"), robot.post("/tasks", json=TASK)

    assert read_from.status_code == 200
    assert_refused(written_to, 503, "unavailable")
    assert robot.post("/tasks", json=TASK).status_code == 201  # over a new connection


def test_connections_that_were_cut_together_cost_one_answer_in_all(robot: Service, remote: Flask) -> None:
    with remote.app_context():
        held = [db.engine.connect() for _ in range(4)]
        pids = [each.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for each in held]
        for each in held:
            each.close()
        for pid in pids:
            hang_up(db.engine, pid)

    answers = [robot.get("/me") for _ in range(5)]

    assert_refused(answers[0], 503, "unavailable")
    assert [each.status_code for each in answers[1:]] == [200] * 4


def test_a_server_that_went_away_is_unavailable_and_then_back(robot: Service, network: Relay) -> None:
    network.down()
    began = monotonic()
    away = [robot.get("/me"), robot.post("/tasks", json=TASK), robot.refresh()]
    seconds = monotonic() - began

    network.up()

    for answer in away:
        assert_refused(answer, 503, "unavailable")
    assert seconds < 10 * len(away)  # two are promised, and the machine may be busy
    assert [robot.get("/me").status_code, robot.refresh().status_code] == [200, 200]
    assert robot.get("/tasks").get_json()["items"] == []


@pytest.mark.usefixtures("as_in_production")
def test_a_server_that_falls_silent_is_unavailable_in_time(robot: Service, network: Relay) -> None:
    reader = Service(robot.app, robot.email).log_in()
    fill_pool(robot.app)

    with listening(robot.app, "commit", network.fall_silent), ThreadPoolExecutor(1) as another:
        writing = another.submit(timed, lambda: robot.post("/tasks", json=TASK))
        assert network.silent.wait(PATIENCE)
        reading = timed(lambda: reader.get("/me"))
        answers = [reading, writing.result()]

    network.forget()
    for seconds, answer in answers:
        assert_refused(answer, 503, "unavailable")
        assert seconds < 15  # five are promised, and the machine may be busy
    assert [robot.get("/me").status_code, robot.post("/tasks", json=TASK).status_code] == [200, 201]


def test_connections_that_the_server_ended_cost_one_answer_at_most(robot: Service) -> None:
    with robot.app.app_context(), db.engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        engine = connection.engine
    hang_up(engine, pid)

    answers = [robot.get("/me").status_code for _ in range(3)]

    assert answers[1:] == [200, 200]
    assert answers[0] in {200, 503}


@pytest.mark.usefixtures("as_in_production")
def test_no_statement_may_take_longer_than_four_seconds(robot: Service) -> None:
    with robot.app.app_context(), db.engine.connect() as connection:
        names = ("statement_timeout", "timezone", "enable_seqscan", "jit")
        settings = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]

    assert settings == ["4s", "UTC", "off", "off"]


def test_a_statement_that_waits_too_long_is_unavailable(remote: Flask, robot: Service, url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    with engine.begin() as other, listening(remote, "before_cursor_execute", hurry):
        other.exec_driver_sql("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        answer = robot.get("/tasks")

    assert_refused(answer, 503, "unavailable")
    with remote.app_context():
        db.engine.dispose()  # the connection that was hurried
    assert robot.get("/tasks").status_code == 200


def test_two_who_prune_at_once_take_different_rows_and_do_not_wait(remote: Flask, url: str) -> None:
    old = [{"id": str(each), "reason": "logout", "expires_at": clock.now()} for each in range(30)]
    others = sa.delete(Blocked).where(Blocked.id.in_([str(each) for each in range(10)]))

    with remote.app_context(), sa.create_engine(url, poolclass=sa.NullPool).connect() as other:
        other.execute(sa.insert(Blocked), old)
        other.commit()
        other.execute(others)
        gone = delete_batch(Blocked.id, until=Blocked.expires_at, by=clock.now(), batch=30)
        db.session.commit()
        other.commit()

        assert gone == 20
        assert read(sa.select(Blocked.id)) == []


def fill_pool(app: Flask) -> None:
    """Let the pool have as many connections as it may."""
    with app.app_context():
        connections = [db.engine.connect() for _ in range(4)]
    for each in connections:
        each.close()


def timed(ask: Callable[[], TestResponse]) -> tuple[float, TestResponse]:
    """The seconds that an answer took, and the answer."""
    began = monotonic()
    answer = ask()
    return monotonic() - began, answer


def hurry(_connection: sa.Connection, cursor: Any, *_: object) -> None:
    """Grant the statement a moment instead of four seconds."""
    with cursor.connection.cursor() as another:
        another.execute("SET statement_timeout = 100")
