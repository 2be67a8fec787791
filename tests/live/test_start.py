"""How a server starts, and in which words it refuses to."""

import re
import socket
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

from bench.sockets import free_port
from tests.live.clients import Call, at_once, send
from tests.live.people import Account
from tests.live.server import Server, clean_environment, copied_checkout, run, serve
from tests.patience import PATIENCE

STRONG = "kX2vQ9-rT7mB4nZ8wL1pJ6yH3cF5dS0gA_uEoIiPqRs"


def test_workers_that_start_without_a_secret_share_the_one_they_keep(server: Server, account: Account) -> None:
    tokens = account.sign_in()

    answers = at_once(server.base_url, [tokens.call("GET", "/me")] * 40)

    answers += server.ask_each_worker(tokens.call("GET", "/me"))
    assert [answer.outcome for answer in answers] == ["200"] * 44
    assert server.kept_secret.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("demo", "shown"), [("", ["demo", "docs", "contract"]), ("off", ["docs", "contract"])])
def test_who_starts_it_by_hand_is_told_where_to_look(own_url: str, demo: str, shown: list[str]) -> None:
    with serve(own_url, workers=1, migrate=False, DEMO=demo) as server:
        places = dict(re.findall(r"^  (\w+) +(http://\S+)$", server.said, re.MULTILINE))

        assert list(places) == shown
        for place in places.values():
            with urlopen(place, timeout=PATIENCE) as answer:
                assert answer.status == HTTPStatus.OK


def test_production_starts_with_a_strong_secret(own_url: str) -> None:
    with serve(
        own_url, workers=1, migrate=False, APP_ENV="production", SECRET_KEY=STRONG, BCRYPT_ROUNDS="", RATE_LIMITS=""
    ) as server:
        ready = send(server.base_url, Call("GET", "/readyz"))

        assert ready.body["status"] == "ok"


@pytest.mark.parametrize(
    "arguments",
    [("gunicorn",), ("flask", "users", "create", "ada@example.com", "--password-stdin")],
    ids=" ".join,
)
def test_production_without_a_secret_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    root = copied_checkout(tmp_path)

    refused = run(root, clean_environment(APP_ENV="production", PORT=str(free_port())), *arguments)

    assert refused.returncode != 0
    (line,) = refused.stderr.splitlines()
    assert line.startswith("SECRET_KEY: ")
    assert not (root / "instance" / "latchkey.db").exists()


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    root = copied_checkout(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = run(root, clean_environment(APP_ENV="development", PORT=str(port)), "gunicorn")

    assert refused.returncode != 0
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"PORT: {port} is taken")
