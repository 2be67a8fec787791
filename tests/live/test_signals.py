"""HUP and TERM, as an operator sends them: nobody's request is lost."""

import json
import resource
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from subprocess import TimeoutExpired
from time import monotonic

import pytest

from tests.cast import API, PASSWORD
from tests.counts import Tally, count
from tests.live.load import load
from tests.live.people import newcomer
from tests.live.server import Server, serve
from tests.live.stopping import PROC, standing_still
from tests.patience import PAUSE, await_true

SECONDS = 30
WORKERS = count(1, 4, 4)
IN_LINE = 20


@pytest.mark.prove
def test_hup_renews_the_workers_and_fails_no_request(own_url: str, tally: Tally) -> None:
    with serve(own_url, workers=WORKERS, migrate=False) as server:
        tokens = newcomer(server.base_url).sign_in()
        calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", {"title": "Rest"})] * 2
        for _ in range(count(1, 4, 60)):
            before = server.workers

            with load(server.base_url, calls) as answers:
                server.process.send_signal(signal.SIGHUP)
                await_workers(server, WORKERS, other_than=before)

            tally.add(answer.outcome for answer in answers)
            assert {answer.outcome for answer in answers} == {"200", "201"}


def test_term_finishes_what_is_in_flight_and_exits_with_0(own_url: str) -> None:
    with serve(own_url, workers=2, threads=2, migrate=False) as server:
        with half_sent(server, {"email": "nobody@example.com", "password": PASSWORD}) as (connection, rest):
            server.process.terminate()
            await_refusal(server)

            connection.sendall(rest)

            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 401
            assert json.loads(answer.read())["code"] == "invalid_credentials"
        assert server.process.wait(SECONDS) == 0


def test_term_serves_those_who_wait_in_line(own_url: str) -> None:
    with serve(own_url, workers=1, threads=2, migrate=False) as server, ExitStack() as line:
        (worker,) = server.workers
        with standing_still([worker]):
            waiting = [line.enter_context(asking(server)) for _ in range(IN_LINE)]
            server.process.terminate()

        assert {each.recv(12) for each in waiting} == {b"HTTP/1.1 200"}
        assert server.process.wait(SECONDS) == 0


def test_term_serves_as_many_of_them_as_there_are_files_for(own_url: str) -> None:
    with serve(own_url, workers=1, threads=2, migrate=False) as server, ExitStack() as line:
        (worker,) = server.workers
        with standing_still([worker]):
            waiting = [line.enter_context(asking(server)) for _ in range(IN_LINE)]
            server.process.terminate()
            few = max(int(each.name) for each in (PROC / f"{worker}/fd").iterdir()) + 1 + IN_LINE // 2
            resource.prlimit(worker, resource.RLIMIT_NOFILE, (few, few))
            await_pending(worker, signal.SIGTERM)

        answered = [answer for each in waiting if (answer := first_bytes_or_none(each))]
        assert set(answered) == {b"HTTP/1.1 200"}
        assert IN_LINE // 4 < len(answered) < IN_LINE
        assert server.process.wait(SECONDS) == 0


EARS_COME_LATER = """
from pathlib import Path
exec(compile(Path("gunicorn.conf.py").read_text(), "gunicorn.conf.py", "exec"))

def post_fork(server, worker):
    if Path("late").exists():
        Path("forked").touch()
        worker.told.put(worker.told.get())
"""


def test_term_ends_a_worker_that_has_just_been_forked(own_url: str, tmp_path: Path) -> None:
    (tmp_path / "late.conf.py").write_text(EARS_COME_LATER)
    options = f"--config {tmp_path / 'late.conf.py'} --graceful-timeout 600"
    with serve(own_url, workers=1, migrate=False, GUNICORN_CMD_ARGS=options) as server:
        (server.root / "late").touch()
        server.process.send_signal(signal.SIGTTIN)  # one worker more
        await_true((server.root / "forked").exists, lambda: server.said)

        server.process.terminate()

        assert server.process.wait(SECONDS) == 0


def await_pending(process: int, number: signal.Signals) -> None:
    """Wait until the signal is there for a process that stands still."""
    deadline, bit = monotonic() + SECONDS, 1 << (number - 1)
    while True:
        lines = (PROC / f"{process}/status").read_text().splitlines()
        if bit & next(int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd:")):
            return
        assert monotonic() < deadline, f"{number.name} does not arrive"


def await_refusal(server: Server) -> None:
    """Wait until nobody listens any more: by then all of them were told to end."""

    def refused() -> bool:
        try:
            socket.create_connection(address(server), timeout=SECONDS).close()
        except ConnectionRefusedError:
            return True
        return False

    await_true(refused, lambda: server.said)


def asking(server: Server) -> socket.socket:
    """A connection on which something was asked."""
    connection = socket.create_connection(address(server), timeout=SECONDS)
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection


def first_bytes_or_none(connection: socket.socket) -> bytes | None:
    """How the answer begins, if there is one."""
    try:
        return connection.recv(12)
    except ConnectionResetError:
        return None


def await_workers(server: Server, number: int, *, other_than: Sequence[int] = ()) -> None:
    """Wait until the server has so many workers, and none of those others."""
    deadline = monotonic() + SECONDS
    while len(server.workers) != number or set(server.workers) & set(other_than):
        assert monotonic() < deadline, server.said
        with suppress(TimeoutExpired):
            pytest.fail(f"the server ended with {server.process.wait(PAUSE)}: {server.said}")


def address(server: Server) -> tuple[str, int]:
    """Where it listens."""
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    return host, int(port)


@contextmanager
def half_sent(server: Server, body: dict[str, str]) -> Iterator[tuple[socket.socket, bytes]]:
    """A login whose head was read and whose body is awaited: its connection, and the bytes that are still to come."""
    content = json.dumps(body).encode()
    lines = (
        f"POST {API}/auth/token HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Expect: 100-continue",
        "",
        "",
    )
    with socket.create_connection(address(server), timeout=SECONDS) as connection:
        connection.sendall("\r\n".join(lines).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        yield connection, content
