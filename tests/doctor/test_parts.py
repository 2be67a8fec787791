"""The parts that may be away, the files, and who may open them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.kit import shield
from bench.sockets import free_port
from config import Config
from environment import mail_route
from tests.conftest import configured
from tests.doctor.asking import about, set_to
from tests.patience import PATIENCE
from tests.post import mute_server, smtp_sink
from tests.redis_server import redis_server

AWAY = {"mail.away": "warning"}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account of this machine finds."""
    with TemporaryDirectory(prefix="latchkey-doctor-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def own(open_folder: Path) -> Config:
    """Settings with a database in that folder."""
    return configured(open_folder, database_url=f"sqlite:///{open_folder / 'own.db'}")


@pytest.fixture
def here(own: Config) -> Flask:
    """The application, with nothing stored."""
    return create_app(own)


def mail(app: Flask, config: Config, url: str, **changes: Any) -> dict[str, Any]:
    """What is said of this MAIL_URL in production."""
    with set_to(app, config, mail_url=mail_route(url), **changes):
        return about(app, "mail")


def test_mails_that_leave_are_well(here: Flask, own: Config) -> None:
    with smtp_sink() as sink:
        assert mail(here, own, sink.url) == {}


def test_mails_that_do_not_leave_are_told_in_production(here: Flask, own: Config) -> None:
    assert mail(here, own, "console:") == {"mail.console": "warning"}
    assert mail(here, own, "console:", app_env="development") == {}


def test_a_mail_server_that_is_away_is_told_and_fatal_where_accounts_wait_for_it(here: Flask, own: Config) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"

    assert mail(here, own, url) == AWAY
    assert mail(here, own, url, registration="verified") == {"mail.away": "fatal"}


def test_a_mail_server_that_knows_no_such_user_is_told(here: Flask, own: Config) -> None:
    with smtp_sink() as sink:
        assert mail(here, own, sink.url.replace("//", "//u:wrong@")) == AWAY


def test_a_mail_server_that_speaks_no_tls_is_told(here: Flask, own: Config) -> None:
    with smtp_sink() as sink:
        assert mail(here, own, f"{sink.url}?starttls=1") == AWAY


def test_a_mail_server_that_says_nothing_is_told_in_time(
    here: Flask, own: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.mail.STEP_SECONDS", 0.3)

    with mute_server() as port:
        assert mail(here, own, f"smtp://127.0.0.1:{port}") == AWAY


def test_mails_in_a_directory_are_told_in_production(here: Flask, own: Config, tmp_path: Path) -> None:
    assert mail(here, own, f"file:{tmp_path}/new") == {"mail.file": "warning"}
    assert mail(here, own, f"file:{tmp_path}/new", app_env="development") == {}


def test_a_directory_for_mails_that_is_a_file_is_told(here: Flask, own: Config, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    assert mail(here, own, f"file:{tmp_path}/taken/new") == {"mail.directory": "warning"}


def test_a_redis_that_goes_away_is_told(own: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "ANSWER_SECONDS", PATIENCE)  # a Redis on a busy machine is not away
    with redis_server() as server:
        app = create_app(replace(own, redis_url=server.url))
        before = about(app, "redis")
        server.kill()

        assert (before, about(app, "redis")) == ({}, {"redis.away": "warning"})


def test_a_redis_that_others_can_listen_to_is_told(here: Flask, own: Config) -> None:
    with set_to(here, own, redis_url="redis://redis.internal:6379/0"):
        assert about(here, "redis") == {"redis.plain": "note"}
    with set_to(here, own, redis_url="rediss://redis.internal:6379/0"):
        assert about(here, "redis") == {}


def test_several_instances_without_redis_are_told(here: Flask, own: Config) -> None:
    with set_to(here, own, database_url="postgresql+psycopg://db/latchkey"):
        assert about(here, "redis") == {"redis.none": "note"}


@pytest.mark.parametrize(
    ("name", "mode", "found"),
    [
        ("own.db", 0o600, {}),
        ("own.db", 0o640, {}),
        ("own.db", 0o644, {"files.readable": "warning"}),
        ("own.db", 0o666, {"files.writable": "fatal"}),
        ("own.db-wal", 0o644, {"files.readable": "warning"}),
        ("own.db-shm", 0o666, {"files.writable": "fatal"}),
        ("instance/secret_key", 0o644, {"files.readable": "warning"}),
        ("mails/a.eml", 0o644, {"files.readable": "warning"}),
        (".env", 0o644, {"files.readable": "warning"}),
        (".env", 0o666, {"files.writable": "fatal"}),
    ],
)
def test_a_file_that_others_may_open_is_told(
    own: Config, open_folder: Path, name: str, mode: int, found: dict[str, Any]
) -> None:
    app = create_app(own)
    app.root_path = str(open_folder / "app")
    file = open_folder / name
    file.parent.mkdir(exist_ok=True)
    file.parent.chmod(0o755)
    file.touch()
    file.chmod(mode)

    with set_to(app, own, mail_url=mail_route(f"file:{open_folder}/mails")):
        assert about(app, "files") == found


def test_a_file_that_nobody_finds_is_left_alone(here: Flask, own: Config, open_folder: Path) -> None:
    (open_folder / "own.db").touch(mode=0o666)
    open_folder.chmod(0o700)

    with set_to(here, own):
        assert about(here, "files") == {}


def test_a_link_is_judged_by_where_it_leads(own: Config, open_folder: Path, tmp_path: Path) -> None:
    app = create_app(own)
    app.root_path = str(tmp_path / "app")
    (open_folder / "elsewhere").touch(mode=0o644)
    (tmp_path / ".env").symlink_to(open_folder / "elsewhere")

    with set_to(app, own):
        assert about(app, "files") == {"files.readable": "warning"}


def test_a_secret_that_was_handed_in_for_everybody_to_read_is_told(
    here: Flask, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in = open_folder / "redis_url"
    handed_in.touch(mode=0o644)
    monkeypatch.setenv("REDIS_URL_FILE", str(handed_in))
    monkeypatch.setenv("PORT_FILE", str(handed_in))
    before = about(here, "files")

    handed_in.chmod(0o400)

    assert (before, about(here, "files")) == ({"files.secret": "note"}, {})
