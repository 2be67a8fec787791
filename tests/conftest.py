"""The cast: the application on each database, and the people who use it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.kit import connections, postgres, sqlite
from app.kit.database import Model, db
from app.users import service as users
from app.users.roles import Role
from config import Config
from environment import mail_route
from tests.cast import PASSWORD, Browser, Service
from tests.counts import FIGURES, PROVE, Tally
from tests.kit.logbook import as_before
from tests.patience import PATIENCE
from tests.post import Post, in_directory, in_sink, smtp_sink
from tests.services import postgres_database

FOREIGN_SECRET = "another-deployments-secret-9876543210-zyxwvutsr"
SECRET = "0123456789abcdef-a-secret-of-the-tests-ghijklmnopq"
RING = {"signing_keys", "key_ring"}  # made once, as a first start does
DATABASE_LIMITS = {
    "app.kit.connections.CONNECT_SECONDS": connections.CONNECT_SECONDS,
    "app.kit.connections.STATEMENT_SECONDS": connections.STATEMENT_SECONDS,
    "app.kit.postgres.SILENCE_SECONDS": postgres.SILENCE_SECONDS,
    "app.kit.sqlite.PATIENCE": sqlite.PATIENCE,
}
MakeApp = Callable[..., Flask]
Read = Callable[..., Config]
MakePost = Callable[..., Post]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """Tests say every setting themselves."""
    for each in fields(Config):
        for name in (each.name.upper(), f"{each.name.upper()}_FILE", "REFRESH_REPLAY_SECONDS"):
            os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _patient_with_databases() -> Iterator[None]:
    """A busy machine is no error: the application waits as long as tests do."""
    with pytest.MonkeyPatch.context() as patience:
        for name in DATABASE_LIMITS:
            patience.setattr(name, PATIENCE)
        yield


@pytest.fixture
def as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made here waits no longer for a database than is promised."""
    for name, seconds in DATABASE_LIMITS.items():
        monkeypatch.setattr(name, seconds)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Reads the settings of an environment that says only these."""

    def read(**settings: str) -> Config:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return Config.from_environ(tmp_path)

    return read


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'latchkey.db'}"
    else:
        with postgres_database(f"latchkey_test_{os.getpid()}") as url:
            yield url.replace("postgresql://", "postgresql+psycopg://")


def configured(root: Path, **changes: Any) -> Config:
    """The defaults of production with a secret, and what a test changes."""
    os.environ["SECRET_KEY"] = SECRET
    try:
        config = Config.from_environ(root)
    finally:
        del os.environ["SECRET_KEY"]
    return replace(config, app_env="development", bcrypt_rounds=4, log_level="error", rate_limits=False, **changes)


@pytest.fixture(scope="session")
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The settings most tests run with."""
    return configured(tmp_path_factory.mktemp("root"), database_url=database_url)


def migrated(config: Config) -> Iterator[Flask]:
    """The application on its migrated database; what it holds open is let go afterwards."""
    app = create_app(config)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def shared_app(config: Config) -> Iterator[Flask]:
    """The application, made and migrated once for each database."""
    yield from migrated(config)


@pytest.fixture
def app(shared_app: Flask) -> Flask:
    """The application on an empty database."""
    return emptied(shared_app)


def emptied(app: Flask) -> Flask:
    """The application, without accounts or anything of theirs."""
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(Model.metadata.sorted_tables):
            if table.name not in RING:
                connection.execute(table.delete())
    return app


@pytest.fixture(scope="session")
def shared_foreign_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Another deployment, made and migrated once."""
    root = tmp_path_factory.mktemp("foreign")
    yield from migrated(configured(root, database_url=f"sqlite:///{root / 'foreign.db'}", secret_key=FOREIGN_SECRET))


@pytest.fixture
def foreign_app(shared_foreign_app: Flask) -> Flask:
    """Another deployment: a database, a secret and keys of its own."""
    return emptied(shared_foreign_app)


@pytest.fixture
def make_app(app: Flask, config: Config) -> Iterator[MakeApp]:
    """Another application on the same database, with some settings changed."""
    made = [app]

    def make(**changes: Any) -> Flask:
        made.append(create_app(replace(config, **changes)))
        return made[-1]

    yield make
    for each in made[1:]:
        with each.app_context():
            db.engine.dispose()


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """Applications that the test makes may log as they like: afterwards the log is as it was."""
    with as_before():
        yield


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Somebody without an account."""
    return Browser(app)


@pytest.fixture
def alice(app: Flask) -> Browser:
    """Somebody signed in by cookie."""
    return Browser(app, "alice@example.com").register(name="Alice").log_in()


@pytest.fixture
def mallory(app: Flask) -> Browser:
    """Somebody else signed in, who wishes nobody well."""
    return Browser(app, "mallory@example.com").register().log_in()


@pytest.fixture
def robot(app: Flask) -> Service:
    """A program signed in by bearer."""
    return Service(app, "robot@example.com").register().log_in()


@pytest.fixture
def admin(app: Flask) -> Browser:
    """Somebody who may do everything, signed in."""
    with app.app_context():
        users.add(
            "admin@example.com",
            PASSWORD,
            name="Admin",
            roles=[Role.USER, Role.ADMIN],
            verified=True,
        )
        db.session.commit()
    return Browser(app, "admin@example.com").log_in()


@pytest.fixture
def make_post(config: Config, make_app: MakeApp, tmp_path: Path) -> Iterator[MakePost]:
    """Applications whose mails arrive: from SQLite at a real SMTP server, from PostgreSQL in a directory."""
    folder = tmp_path / "mails"
    with smtp_sink() as sink:

        def make(**changes: Any) -> Post:
            if config.database_url.startswith("sqlite"):
                return Post(make_app(mail_url=mail_route(sink.url), **changes), partial(in_sink, sink))
            return Post(make_app(mail_url=mail_route(f"file:{folder}"), **changes), partial(in_directory, folder))

        yield make


@pytest.fixture
def post(make_post: MakePost) -> Post:
    """The application with its mails, everybody may register."""
    return make_post()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """What this proof counts."""
    tally = Tally(request.node.name)
    yield tally
    FIGURES.append(str(tally))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make prove` what is marked `prove(only=True)`."""
    left = {each for each in items if not PROVE and any(mark.kwargs.get("only") for mark in each.iter_markers("prove"))}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [each for each in items if each not in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the proofs counted."""
    if FIGURES and PROVE:
        terminalreporter.section("what the proofs counted")
        for figure in FIGURES:
            terminalreporter.line(figure)
