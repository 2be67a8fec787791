"""What load balancers and people on call are told."""

import socket
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.kit import clock, shield
from app.kit.database import db, transaction
from config import Config
from tests.cast import Browser
from tests.conftest import MakeApp, configured
from tests.health.scratch import application_on, scratch_application
from tests.patience import PATIENCE
from tests.redis_server import redis_server

PROBES = ["/livez", "/readyz", "/healthz"]
WELL = {"database": "ok", "migrations": "ok", "keys": "ok", "mails": "ok"}
UNASKED = {"keys": "unknown", "mails": "unknown"}
IN_TIME = 10  # seconds; two and four are needed, and the machine may be busy


def ready(app: Flask) -> tuple[int, str, dict[str, str]]:
    """Status, word and checks of /readyz; /healthz says the same."""
    answer = app.test_client().get("/readyz")
    body = answer.get_json()
    assert app.test_client().get("/healthz").get_json() == body
    return answer.status_code, body["status"], body["checks"]


def test_a_migrated_database_is_ready(app: Flask) -> None:
    assert ready(app) == (200, "ok", WELL)


def test_a_new_database_is_not_ready(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        assert ready(app) == (503, "unavailable", WELL | UNASKED | {"migrations": "behind"})


def test_migrations_that_are_behind_make_it_unready(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        with app.app_context():
            upgrade()
            downgrade(revision="-1")

        assert ready(app) == (503, "unavailable", WELL | UNASKED | {"migrations": "behind"})


def test_migrations_applied_meanwhile_make_it_ready_without_a_restart(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        before = ready(app)
        with app.app_context():
            upgrade()

        assert (before[0], ready(app)) == (503, (200, "ok", WELL))


def test_a_schema_newer_than_this_code_is_served_and_said(config: Config, tmp_path: Path) -> None:
    with scratch_application(config, tmp_path) as app:
        with app.app_context(), transaction():
            upgrade()
            db.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

        assert ready(app) == (200, "degraded", WELL | {"migrations": "ahead"})


def test_mails_that_wait_too_long_are_worth_a_look(app: Flask) -> None:
    Browser(app, "ada@example.com").register()
    at_first = ready(app)

    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        later = ready(app)

    assert (at_first, later) == ((200, "ok", WELL), (200, "degraded", WELL | {"mails": "wait"}))


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_a_database_out_of_reach_makes_it_unready_but_alive(tmp_path: Path, url: str) -> None:
    with application_on(configured(tmp_path), url) as app:
        began = monotonic()

        answer = ready(app)

        assert answer == (503, "unavailable", UNASKED | {"database": "out of reach", "migrations": "unknown"})
        assert monotonic() - began < IN_TIME
        assert app.test_client().get("/livez").get_json() == {"status": "ok", "checks": {}}


@pytest.mark.usefixtures("as_in_production")
def test_a_database_that_takes_calls_and_never_answers_is_out_of_reach_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{mute.getsockname()[1]}/none"
        with application_on(configured(tmp_path), url) as app:
            began = monotonic()

            answer = app.test_client().get("/readyz")

            assert answer.status_code == 503
            assert monotonic() - began < IN_TIME


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_may_ask_for_the_head_only(app: Flask, path: str) -> None:
    answer = app.test_client().head(path)

    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_needs_no_credential_and_minds_none(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, headers={"Authorization": "Bearer rotten"})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_takes_nothing(app: Flask, path: str) -> None:
    answer = app.test_client().post(path)

    assert (answer.status_code, answer.get_json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_other_answers_say_that_the_database_is_away(tmp_path: Path) -> None:
    with application_on(configured(tmp_path), "sqlite:////nowhere/at/all.db") as app:
        answer = Browser(app).post("/auth/login", json={"email": "a@example.com", "password": "x"})

        assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0


def test_without_its_redis_it_serves_and_says_so(
    app: Flask, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "ANSWER_SECONDS", PATIENCE)  # a Redis on a busy machine is not away
    with redis_server() as redis:
        behind = make_app(redis_url=redis.url)
        before = ready(behind)
        redis.kill()

        assert (before, ready(behind)) == (
            (200, "ok", WELL | {"redis": "ok"}),
            (200, "degraded", WELL | {"redis": "away"}),
        )
    assert ready(app) == (200, "ok", WELL)
