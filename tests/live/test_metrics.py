"""Metrics of a real server: summed over its workers, kept over their lives, on an address of their own."""

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bench.sockets import free_port
from tests.cast import API, PASSWORD
from tests.live.clients import Call, send
from tests.live.metrics import Scrape, scrape
from tests.live.people import Tokens, newcomer, tokens_of
from tests.live.queries import Query, alerts, dashboard
from tests.live.server import Server, clean_environment, copied_checkout, run, serve
from tests.live.stopping import standing_still
from tests.live.test_signals import await_workers
from tests.patience import PATIENCE, await_true

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
QUERIES = [*dashboard(ROOT / "deploy/grafana-dashboard.json"), *alerts(ROOT / "deploy/prometheus-alerts.yml")]
KILLED = "was sent SIGKILL"
WORKERS = 2
REQUESTS = "latchkey_http_requests_total"
ME = f"{API}/me"
PUBLIC = Call("GET", f"{API}/openapi.json")


@dataclass(frozen=True, slots=True)
class Watched:
    """A server, and the port where its metrics are read."""

    server: Server
    port: int

    def scrape(self) -> Scrape:
        """Read its metrics."""
        return scrape(self.port)

    def asked(self) -> float:
        """How many requests for PUBLIC it counted."""
        return self.scrape().sum(REQUESTS, route=PUBLIC.path, method="GET", status=200)


@pytest.fixture(scope="module")
def watched(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Two workers on SQLite, watched."""
    url = f"sqlite:///{shutil.copy2(migrated, tmp_path_factory.mktemp('watched'))}"
    port = free_port()
    served = partial(serve, url, workers=WORKERS, migrate=False, forgiven=KILLED, REFRESH_REPLAY_SECONDS="60")
    with served(METRICS_BIND=f"127.0.0.1:{port}", REDIS_URL="redis://127.0.0.1:1") as server:
        yield Watched(server, port)


def test_every_worker_counts_and_whoever_is_asked_shows_the_sum(watched: Watched) -> None:
    before = watched.asked()

    for _ in range(3):
        watched.server.ask_each_worker(PUBLIC)

    assert watched.asked() - before == 3 * WORKERS
    assert watched.scrape().sum("latchkey_workers") == WORKERS


def test_what_was_counted_outlives_hup_and_a_killed_worker(watched: Watched) -> None:
    watched.server.ask_each_worker(PUBLIC)
    before, old = watched.asked(), watched.server.workers

    watched.server.process.send_signal(signal.SIGHUP)
    await_workers(watched.server, WORKERS, other_than=old)
    after_hup = watched.asked()
    victim = watched.server.workers[0]
    os.kill(victim, signal.SIGKILL)
    await_workers(watched.server, WORKERS, other_than=[victim])

    assert (before > 0, after_hup, watched.asked()) == (True, before, before)
    await_value(watched, "latchkey_workers", WORKERS)


def test_while_one_worker_stands_still_the_others_answer_for_it(watched: Watched) -> None:
    before = watched.asked()
    watched.server.ask_each_worker(PUBLIC)
    still, *_ = watched.server.workers
    with standing_still([still]):
        assert watched.asked() - before == WORKERS


def test_a_worker_that_has_just_made_its_file_has_counted_nothing_yet(watched: Watched) -> None:
    (folder,) = {Path(each).parent for each in _mapped(watched.server.workers[0])}
    (folder / "counter_99.db").touch()

    assert watched.scrape().sum("latchkey_workers") == WORKERS


def test_metrics_are_not_on_the_public_address_and_nothing_else_is_on_theirs(watched: Watched) -> None:
    public = send(watched.server.base_url, Call("GET", "/metrics"))
    theirs = [_status(watched.port, path) for path in ("/metrics", "/metrics?x=1", "/", "/livez", ME)]

    assert public.status == 404
    assert theirs == [200, 200, 404, 404, 404]


def test_unknown_paths_and_methods_make_no_series_of_their_own(watched: Watched) -> None:
    for number in range(5):
        send(watched.server.base_url, Call("GET", f"/nobody/{number}"))
        send(watched.server.base_url, Call(f"MAKE{number}", ME))

    now = watched.scrape()
    routes, methods = now.values(REQUESTS, "route"), now.values(REQUESTS, "method")
    assert not [each for each in routes if "nobody" in each]
    assert methods <= {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "other"}
    assert now.sum(REQUESTS, route="unknown", status=404) >= 5


def test_a_request_that_cannot_be_parsed_is_counted_too(watched: Watched) -> None:
    before = watched.scrape().sum(REQUESTS, route="unknown", status=400)

    with socket.create_connection(("127.0.0.1", int(watched.server.base_url.rpartition(":")[2]))) as connection:
        connection.sendall(b"NO SUCH THING\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")

    await_value(watched, REQUESTS, before + 1, route="unknown", status=400)
    (line,) = [json.loads(each) for each in watched.server.said.splitlines() if '"method":null' in each]
    assert (line["status"], line["code"], line["client"]) == (400, "malformed_request", "127.0.0.1")


def test_sessions_are_counted_by_what_became_of_them(watched: Watched) -> None:
    before = watched.scrape()

    live_a_little(watched.server)

    after = watched.scrape()
    grown = {
        (name, label): after.sum(f"latchkey_{name}_total", **{key: label})
        - before.sum(f"latchkey_{name}_total", **{key: label})
        for name, key, label in (
            ("logins", "outcome", "success"),
            ("logins", "outcome", "invalid_credentials"),
            ("refreshes", "outcome", "rotated"),
            ("refreshes", "outcome", "replayed"),
            ("refreshes", "outcome", "reused"),
            ("sessions_ended", "reason", "logout"),
            ("sessions_ended", "reason", "refresh_reused"),
            ("problems", "code", "refresh_reused"),
        )
    }
    assert list(grown.values()) == [2, 1, 2, 1, 1, 1, 1, 1], grown


def test_the_state_of_the_parts_is_shown(watched: Watched) -> None:
    newcomer(watched.server.base_url)
    watched.scrape()  # which is told that Redis is away after the failures were read

    now = watched.scrape()
    assert now.sum("latchkey_ready") == 1
    assert now.values("latchkey_check_ok", "check") == {"database", "migrations", "keys", "mails", "redis"}
    assert (now.sum("latchkey_check_ok", check="keys"), now.sum("latchkey_check_ok", check="redis")) == (1, 0)
    assert now.sum("latchkey_redis_failures_total") > 0
    assert now.sum("latchkey_signing_keys", state="active") == 1
    assert now.values("latchkey_table_rows", "table") >= {"users", "sessions", "blocklist", "audit_events", "outbox"}
    assert now.sum("latchkey_build_info") == 1
    assert {"latchkey_outbox_mails", "latchkey_outbox_oldest_seconds"} <= now.names


def test_files_are_few_and_go_with_the_server(own_url: str) -> None:
    with serve(own_url, workers=1, migrate=False, METRICS_BIND=f"127.0.0.1:{free_port()}") as server:
        for _ in range(2):
            old = server.workers
            server.process.send_signal(signal.SIGHUP)
            await_workers(server, 1, other_than=old)
            send(server.base_url, PUBLIC)
        (folder,) = {Path(each).parent for each in _mapped(server.workers[0])}
        files = sorted(each.name for each in folder.glob("counter_*.db"))

    assert (files, folder.exists()) == (["counter_0.db", "counter_1.db"], False)


def test_a_taken_address_is_said_in_one_line_and_nothing_is_served(tmp_path: Path) -> None:
    root, port = copied_checkout(tmp_path), free_port()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = {"APP_ENV": "development", "PORT": str(port), "METRICS_BIND": f"127.0.0.1:{taken}"}

        refused = run(root, clean_environment(**settings), "gunicorn")

    assert refused.returncode != 0
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"METRICS_BIND: 127.0.0.1 with port {taken}: ")


@pytest.mark.parametrize("asked", QUERIES, ids=str)
def test_what_the_dashboard_and_the_alerts_ask_for_is_exposed(watched: Watched, asked: Query) -> None:
    send(watched.server.base_url, Call("GET", ME))

    now = watched.scrape()

    assert asked.unknown(now) == []


def test_every_metric_is_explained_and_shown() -> None:
    documented = set(re.findall(r"`(latchkey_\w+)`", DOCUMENT))

    assert {each for query in QUERIES for each in query.families} <= documented
    assert documented - {each for query in QUERIES for each in query.families} == set()


def live_a_little(server: Server) -> None:
    """Sign in twice and fail once, renew, repeat, be robbed, leave."""
    account = newcomer(server.base_url)
    send(server.base_url, Call("POST", f"{API}/auth/token", json=account.credentials | {"password": f"not {PASSWORD}"}))
    first, second = account.sign_in(), account.sign_in()
    next_one = _renewed(server, first)
    _renewed(server, first)
    _renewed(server, next_one)
    send(server.base_url, first.by_refresh("/auth/refresh"))
    send(server.base_url, second.call("POST", "/auth/logout"))


def _renewed(server: Server, tokens: Tokens) -> Tokens:
    return tokens_of(send(server.base_url, tokens.by_refresh("/auth/refresh")))


def await_value(watched: Watched, name: str, value: float, **labels: object) -> None:
    """Wait until the series say that."""
    await_true(lambda: watched.scrape().sum(name, **labels) == value, lambda: f"{name} never is {value}")


def _mapped(worker: int) -> set[str]:
    """The files that a worker counts in."""
    lines = Path(f"/proc/{worker}/maps").read_text(encoding="utf-8").splitlines()
    return {line.split()[-1] for line in lines if "latchkey-metrics-" in line}


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
