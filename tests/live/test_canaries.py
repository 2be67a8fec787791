"""Secrets that must not be found in anything the server writes, whatever goes right or wrong with it.

Production, its log wide open, on PostgreSQL; every password, token, cookie and secret that it meets is a canary.
"""

import json
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, cast
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from aiosmtpd.smtp import AuthResult

from bench.sockets import free_port
from tests.cast import API
from tests.counts import ONLY_PROVEN
from tests.live.clients import Answer, Call, send
from tests.live.people import Tokens, tokens_of
from tests.live.server import Server, clean_environment, run, serve
from tests.live.test_signals import await_workers
from tests.patience import PATIENCE, PAUSE, await_true
from tests.post import LINK, Sink, smtp_sink
from tests.services import postgres_database

FORGIVEN = "was sent SIGKILL|UndefinedTable|^Traceback"
PLENTY = "100000/minute"
EMAIL = "canary-keeper@example.com"


def canary(what: str) -> str:
    """A secret that is found by its name, and cannot be guessed."""
    return f"canary-{what}-{secrets.token_urlsafe(12)}"


@dataclass(slots=True)
class Cage:
    """A server, and every secret that it has met."""

    server: Server
    sink: Sink
    database_url: str
    metrics_port: int
    settings: dict[str, str]
    met: set[str] = field(default_factory=set)

    def keep(self, *met: str) -> None:
        """Remember secrets, and the signatures of tokens by themselves."""
        self.met |= {part for each in met for part in (each, each.rpartition(".")[2]) if part}

    def post(self, path: str, **body: str) -> Answer:
        """Send a body that may hold secrets."""
        return send(self.server.base_url, Call("POST", API + path, json=body))

    def tokens(self, answer: Answer) -> Tokens:
        """The tokens that an answer brings."""
        tokens = tokens_of(answer)
        self.keep(tokens.access, tokens.refresh, *tokens.csrf.values())
        return tokens

    def mailed(self, page: str) -> str:
        """The token of the mail for that page, once it has arrived."""
        deadline = monotonic() + PATIENCE
        while True:
            texts = [cast("bytes", each.content).decode() for each in self.sink.envelopes]
            links = [
                link for text in texts for link in LINK.finditer(text.replace("\r\n", "\n")) if link["page"] == page
            ]
            if links:
                self.keep(links[-1]["token"])
                return links[-1]["token"]
            assert monotonic() < deadline, self.server.said
            sleep(PAUSE)

    def await_line(self, words: str) -> None:
        """Wait until the server has said that."""
        await_true(lambda: words in self.server.said, lambda: self.server.said)

    def written(self) -> str:
        """All that the server has written, but for what is sealed or hashed: logs, metrics, audit events."""
        environment = clean_environment(**self.settings)
        exported = run(self.server.root, environment, "flask", "audit", "export")
        assert exported.returncode == 0, exported.stderr
        metrics = urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=PATIENCE).read().decode()
        return f"{self.server.said}\n{metrics}\n{exported.stdout}\n{exported.stderr}"


@contextmanager
def caged(log_format: str) -> Iterator[Cage]:
    """The server with the canaries among its settings."""
    keys = {"secret": canary("secret") * 2, "database": canary("db"), "mail": canary("smtp"), "redis": canary("redis")}
    name, port = f"latchkey_canary_{os.getpid()}", free_port()
    with postgres_database(name) as url, smtp_sink(authenticator=let_in, auth_require_tls=False) as sink:
        parts = urlsplit(url)
        password = parts.password or keys["database"]  # where PostgreSQL trusts whoever comes, it is not looked at
        place = parts.netloc.rpartition("@")[2]
        opened = f"{parts.scheme}://{parts.username}:{password}@{place}{parts.path}"
        settings = {
            "APP_ENV": "production",
            "SECRET_KEY": keys["secret"],
            "DATABASE_URL": opened,
            "REDIS_URL": f"redis://:{keys['redis']}@127.0.0.1:1",
            "MAIL_URL": f"smtp://keeper:{keys['mail']}@127.0.0.1:{sink.port}",
            "METRICS_BIND": f"127.0.0.1:{port}",
            "BCRYPT_ROUNDS": "10",
            "RATE_LIMITS": "on",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": log_format,
            **{f"{each}_LIMIT": PLENTY for each in ("LOGIN", "REFRESH", "REGISTER", "MAIL")},
        }
        served: dict[str, Any] = {key: value for key, value in settings.items() if key != "DATABASE_URL"}
        with serve(opened, workers=2, forgiven=FORGIVEN, **served) as server:
            cage = Cage(server, sink, url, port, settings)
            cage.keep(keys["secret"], keys["mail"], keys["redis"], password)
            yield cage


def let_in(_server: object, _session: object, _envelope: object, _mechanism: str, _data: object) -> AuthResult:
    """Believe whoever has a password."""
    return AuthResult(success=True)


def live(cage: Cage) -> Tokens:
    """A whole life, with mistakes; gives live tokens."""
    first, wrong, second = (canary(what) for what in ("first-password", "wrong-password", "second-password"))
    cage.keep(first, wrong, second)
    cage.post("/auth/register", email=EMAIL, password=first)
    cage.post("/auth/email/verify", token=cage.mailed("verify"))
    cage.post("/auth/email/verify", token=cage.mailed("verify"))
    for door in ("login", "token"):
        cage.post(f"/auth/{door}", email=EMAIL, password=wrong)
        cage.post(f"/auth/{door}", email=EMAIL, password=first, secret=wrong)
        stolen = cage.tokens(cage.post(f"/auth/{door}", email=EMAIL, password=first))
        renewed = cage.tokens(send(cage.server.base_url, stolen.by_refresh("/auth/refresh")))
        cage.tokens(send(cage.server.base_url, renewed.by_refresh("/auth/refresh")))
        send(cage.server.base_url, stolen.by_refresh("/auth/refresh"))
    cage.post("/auth/password/forgot", email=EMAIL)
    cage.post("/auth/password/reset", token=cage.mailed("reset"), password=second)
    return cage.tokens(cage.post("/auth/token", email=EMAIL, password=second))


def misuse(cage: Cage, tokens: Tokens) -> None:
    """Send secrets where they do not belong: in queries, paths, user agents, broken bodies and broken requests."""
    token, password = tokens.access, canary("misplaced-password")
    cage.keep(password)
    for path in (f"/me?access_token={token}", f"/auth/email/verify/{cage.mailed('reset')}", f"/tasks/{token}"):
        send(cage.server.base_url, Call("GET", API + quote(path, safe="/?=")))
    agent = {"User-Agent": f"robot {token}", "Cookie": f"access_token={token}; odd={password}", "Origin": password}
    send(cage.server.base_url, Call("GET", f"{API}/me", agent))
    send(
        cage.server.base_url, Call("POST", f"{API}/auth/login", {"Content-Type": "text/plain"}, {"password": password})
    )
    head = f"POST {API}/auth/login?{password} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"
    for rest in (
        "no header\r\n\r\n",
        f"Content-Length: 9{password}\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ):
        with socket.create_connection(address(cage.server), timeout=PATIENCE) as connection, suppress(OSError):
            connection.sendall((head + rest).encode())
            connection.recv(1000)


def fail(cage: Cage, tokens: Tokens) -> None:
    """Let each part fail while secrets are under way: the mail server, the database, a worker."""
    password = canary("unlucky-password")
    cage.keep(password)
    cage.sink.answers = [f"451 4.3.0 {password}"] * 4
    cage.post("/auth/password/forgot", email=EMAIL)
    cage.await_line("mail postponed")
    cage.sink.shut()
    with psycopg.connect(cage.database_url, autocommit=True) as database:
        database.execute("ALTER TABLE sessions RENAME TO elsewhere")
        failed = [cage.post("/auth/token", email=EMAIL, password=password).status]
        failed.append(send(cage.server.base_url, tokens.by_refresh("/auth/refresh")).status)
        database.execute("ALTER TABLE elsewhere RENAME TO sessions")
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        failed.append(send(cage.server.base_url, tokens.call("GET", "/me")).status)
    victim = cage.server.workers[0]
    os.kill(victim, signal.SIGKILL)
    await_workers(cage.server, 2, other_than=[victim])
    assert 500 in failed, failed


def address(server: Server) -> tuple[str, int]:
    """Where it listens."""
    return "127.0.0.1", int(server.base_url.rpartition(":")[2])


@pytest.mark.parametrize("log_format", ["json", pytest.param("console", marks=ONLY_PROVEN)])
def test_no_secret_is_found_in_anything_that_was_written(log_format: str) -> None:
    with caged(log_format) as cage:
        tokens = live(cage)
        misuse(cage, tokens)
        fail(cage, tokens)

        written = cage.written()

        assert len(cage.met) > 30
        assert EMAIL not in written
        assert "eyJ" not in written  # how every token begins, also one that was cut
        assert [
            each
            for each in ("refresh_reused", "UndefinedTable", "mail postponed", "latchkey_logins_total", "session.begun")
            if each not in written
        ] == []
        assert sorted(each for each in cage.met if each in written) == []
        if log_format == "json":
            assert [line for line in cage.server.said.splitlines() if not isinstance(json.loads(line), dict)] == []
