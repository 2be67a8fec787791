"""`wsgi.py` under another server than gunicorn: waitress, which knows nothing of gunicorn.conf.py."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from bench.sockets import free_port
from tests.cast import API
from tests.live.clients import Call, send
from tests.live.people import newcomer, tokens_of
from tests.live.server import (
    DEFAULTS,
    LIFE,
    START_SECONDS,
    clean_environment,
    command,
    copied_checkout,
)
from tests.patience import PAUSE


@pytest.fixture
def elsewhere(own_url: str, tmp_path: Path) -> Iterator[str]:
    """Where waitress serves."""
    root, port = copied_checkout(tmp_path), free_port()
    environment = clean_environment(DATABASE_URL=own_url, **DEFAULTS)
    with (tmp_path / "said").open("wb") as said:
        server = subprocess.Popen(
            command("waitress-serve", f"--listen=127.0.0.1:{port}", "wsgi:app"),
            cwd=root,
            env=environment,
            stdout=said,
            stderr=said,
        )
    try:
        _await(f"http://127.0.0.1:{port}", server, tmp_path / "said")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
    assert "Traceback" not in (tmp_path / "said").read_text()


def _await(url: str, server: subprocess.Popen[bytes], said: Path) -> None:
    deadline = monotonic() + START_SECONDS
    while server.poll() is None and monotonic() < deadline:
        with suppress(OSError):
            assert send(url, LIFE).status == 200
            return
        sleep(PAUSE)
    pytest.fail(said.read_text())


@pytest.mark.prove
@pytest.mark.parametrize("by_cookie", [False, True], ids=["bearer", "cookie"])
def test_a_session_lives_and_ends_under_another_server(elsewhere: str, *, by_cookie: bool) -> None:
    first = newcomer(elsewhere).sign_in(by_cookie=by_cookie)

    second = tokens_of(send(elsewhere, first.by_refresh("/auth/refresh")))
    used = send(elsewhere, second.call("POST", "/tasks", {"title": "Water the plants"}))
    left = send(elsewhere, second.call("POST", "/auth/logout"))
    later = send(elsewhere, second.call("GET", "/me"))

    assert [each.outcome for each in (used, left, later)] == ["201", "204", "401 session_ended logout"]


@pytest.mark.prove
def test_refusals_have_their_shape_under_another_server(elsewhere: str) -> None:
    large = {"email": "ada@example.com", "password": "x" * 70_000}

    answers = [send(elsewhere, Call("GET", "/nowhere")), send(elsewhere, Call("POST", f"{API}/auth/login", json=large))]

    assert [each.outcome for each in answers] == ["404 not_found", "413 payload_too_large"]
