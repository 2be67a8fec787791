"""What others put into the text of an exception is searched before it is written."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import pytest
import structlog

from app.kit import redaction
from app.kit.redaction import redacted
from config import Config
from environment import mail_route
from tests.cast import ORIGIN, Service
from tests.conftest import MakeApp
from tests.kit.logbook import logbook

HUSH: dict[str, Any] = {
    "secret_key": "hush-secret-key-0123456789-abcdefghij",
    "secret_key_fallbacks": ("hush-older-secret-key-9876543210-zyxw",),
    "database_url": "postgresql+psycopg://latchkey:hush%40database@127.0.0.1/x?sslpassword=hush-client-key",
    "redis_url": "redis://:hush-redis@127.0.0.1/0",
    "mail_url": mail_route("smtp://u:hush%22mail@127.0.0.1:25"),
}
SAID = [
    "hush-secret-key-0123456789-abcdefghij",
    "hush-older-secret-key-9876543210-zyxw",
    "hush%40database",
    "hush@database",
    "hush-client-key",
    "hush-redis",
    'hush"mail',
]


@pytest.fixture
def _knowing(config: Config) -> Iterator[None]:
    """The secrets of these settings are known, then those of the others again."""
    redaction.init_app(replace(config, **HUSH))
    yield
    redaction.init_app(config)


def leak(robot: Service) -> NoReturn:
    """Be a bug that quotes what it stumbled over."""
    raise ValueError(f"{robot.access_token} and {robot.refresh_token} cannot be read")


@pytest.mark.usefixtures("_knowing")
@pytest.mark.parametrize("secret", SAID)
def test_a_secret_of_the_settings_is_taken_out(secret: str) -> None:
    for line in (f"could not connect: {secret} is wrong", json.dumps({"event": f"it is {secret}"})):
        assert "hush" not in redacted(line)
        assert "[redacted]" in redacted(line)


@pytest.mark.parametrize(
    "url", ["postgresql://u:hush@db/x", "smtp://u:hu%40sh@h", "redis://:hush@h:6379", "amqp://hush@h"]
)
def test_what_stands_before_the_host_of_a_url_is_taken_out(url: str) -> None:
    assert "hu" not in redacted(f"cannot reach {url}: refused")


def test_what_is_no_secret_stays() -> None:
    line = "https://localhost/a@b?c=d at 2026-11-26T02:31:42Z: eyJ is how a token begins, ada@example.com"

    assert redacted(line) == line


def test_a_token_in_the_text_of_an_exception_is_not_logged(make_app: MakeApp) -> None:
    with logbook() as log:
        app = make_app(log_level="debug")
        robot = Service(app, "robot@example.com")
        app.add_url_rule("/leak", view_func=lambda: leak(robot))
        robot.register().log_in()
        answer = app.test_client().get("/leak", base_url=ORIGIN)

    assert answer.status_code == 500
    assert "ValueError" in log.getvalue()
    assert "[redacted] and [redacted] cannot be read" in log.getvalue()


def test_libraries_are_heard_from_warnings_up_in_our_form(make_app: MakeApp) -> None:
    library = logging.getLogger("a.library")
    library.setLevel(logging.DEBUG)
    with logbook() as log:
        make_app(log_level="debug")
        library.info("what nobody should read")
        library.warning("trouble with %s", "postgresql://u:hush@db/x\x1b[31m")

    (line,) = log.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["event"]) == (
        "warning",
        "a.library",
        "trouble with postgresql://[redacted]@db/x\x1b[31m",
    )


def test_nothing_moves_the_cursor_of_a_console(make_app: MakeApp) -> None:
    with logbook() as log:
        make_app(log_level="info", log_format="console")
        structlog.get_logger().info("trouble", why="\x1b[2J\u2028\x9b")

    assert not [each for each in log.getvalue() if each < " " and each != "\n"]
    assert not {"\u2028", "\x9b"} & set(log.getvalue())
