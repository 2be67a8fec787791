"""PostgreSQL stopped, started again, silent, slow, its connections cut: 503 in time, and as before afterwards."""

from collections.abc import Iterator, Sequence
from statistics import median
from time import monotonic, sleep

import pytest

from tests.cast import API, PASSWORD
from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.clients import BUSY, Answer, Call, at_once, send
from tests.live.failures.postgres import PostgresServer, postgres_server
from tests.live.load import load
from tests.live.people import Account, Tokens, newcomer
from tests.live.server import Server, serve

pytestmark = ONLY_PROVEN  # tests/kit has the same in one process
CROWD = count(20, 60, 60)
LIFE = Call("GET", "/livez")
TASK = {"title": "Rest"}
SLACK = 5  # how many times longer than promised an answer may take on a busy machine
REFUSED = 2 * SLACK
SILENT = 5 * SLACK
BACK = 5 * SLACK
PROMPT = 4  # once the silence is known, all but one of each worker are refused at once, else each after 4.5 s


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this module's own."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def server(postgres: PostgresServer) -> Iterator[Server]:
    """Two workers of four threads on it."""
    with serve(postgres.url, workers=2, threads=4, RATE_LIMITS="on", LOGIN_LIMIT="1000/minute") as running:
        yield running


@pytest.fixture
def account(server: Server, postgres: PostgresServer) -> Account:
    """Somebody who has an account there."""
    assert postgres.port
    return newcomer(server.base_url)


def everything(account: Account, tokens: Tokens) -> dict[str, Call]:
    """All kinds of work that need the database."""
    return {
        "a read": tokens.call("GET", "/me"),
        "a list": tokens.call("GET", "/tasks"),
        "a write": tokens.call("POST", "/tasks", TASK),
        "a login by cookie": account.sign_in_call(by_cookie=True),
        "a login by token": account.sign_in_call(),
        "a wrong password": Call("POST", f"{API}/auth/token", json=account.credentials | {"password": "a guess"}),
        "a registration": Call("POST", f"{API}/auth/register", json={"email": "x@example.com", "password": PASSWORD}),
        "a step-up": tokens.call("POST", "/auth/step-up", {"password": PASSWORD}),
        "a forgotten password": Call("POST", f"{API}/auth/password/forgot", json={"email": account.email}),
        "a refresh": tokens.by_refresh("/auth/refresh"),
        "a logout": tokens.call("POST", "/auth/logout"),
        "an end of all": tokens.call("DELETE", "/me/sessions"),
        "readiness": Call("GET", "/readyz"),
    }


def said_no(answers: Sequence[Answer], *, within: float) -> None:
    """Each is 503 with `Retry-After`, in time, and promises nothing."""
    assert {answer.status for answer in answers} == {503}
    for answer in answers:
        names = {name for name, _ in answer.headers}
        assert "Set-Cookie" not in names
        assert answer.seconds < within
        if "checks" not in answer.body:
            assert (answer.outcome, "Retry-After" in names) == (BUSY, True)


def seconds_until_it_works(server: Server, call: Call) -> float:
    """How long after now the call is answered with 200."""
    began = monotonic()
    while send(server.base_url, call).status != 200:
        assert monotonic() - began < BACK
        sleep(0.05)
    return monotonic() - began


def test_postgresql_stopped_and_started_again(server: Server, postgres: PostgresServer, account: Account) -> None:
    tokens = account.sign_in()
    calls = everything(account, tokens)
    postgres.stop()
    away = [send(server.base_url, call) for call in calls.values()]
    alive = send(server.base_url, LIFE)

    postgres.start()

    said_no(away, within=REFUSED)
    assert alive.status == 200
    back = seconds_until_it_works(server, tokens.call("GET", "/me"))
    FIGURES.append(f"stopped: the slowest refusal {max(each.seconds for each in away):.2f} s, back in {back:.2f} s")
    calls.pop("an end of all")
    assert {answer.status for answer in server.ask_each_worker(tokens.call("GET", "/me"))} == {200}
    statuses = {what: send(server.base_url, call).status for what, call in calls.items()}
    assert statuses.pop("a wrong password") == 401
    assert set(statuses.values()) == {200, 201, 202, 204}


def test_postgresql_silent_and_speaking_again(server: Server, postgres: PostgresServer, account: Account) -> None:
    tokens = account.sign_in()
    calls = [call for what, call in everything(account, tokens).items() if what != "readiness"]
    at_once(server.base_url, [tokens.call("GET", "/me")] * 16)
    postgres.fall_silent()
    try:
        first = at_once(server.base_url, [calls[number % len(calls)] for number in range(CROWD)])
        then = at_once(server.base_url, [calls[number % len(calls)] for number in range(CROWD)])
        alive = send(server.base_url, LIFE)
    finally:
        postgres.speak()

    back = seconds_until_it_works(server, tokens.call("GET", "/me"))
    FIGURES.append(
        f"silent: of {CROWD} at once the slowest refusal {max(each.seconds for each in first):.2f} s,"
        f" of {CROWD} more {max(each.seconds for each in then):.2f} s, back in {back:.2f} s"
    )
    said_no(first, within=SILENT)
    said_no(then, within=SILENT)
    assert median(answer.seconds for answer in then) < PROMPT
    assert (alive.status, alive.seconds < SILENT) == (200, True)


def test_postgresql_hanging_up_on_everybody(server: Server, postgres: PostgresServer, account: Account) -> None:
    tokens = account.sign_in()
    calls = [tokens.call("GET", "/me"), tokens.call("POST", "/tasks", TASK)] * 2

    with load(server.base_url, calls, further=10) as answers:
        for _ in range(count(3, 8, 100)):
            postgres.hang_up()

    later = at_once(server.base_url, calls)
    outcomes = {answer.outcome for answer in answers}
    FIGURES.append(f"cut: {len(answers)} answers, {sum(each.status == 503 for each in answers)} of them 503")
    assert outcomes <= {"200", "201", BUSY}
    assert {answer.outcome for answer in later} == {"200", "201"}
