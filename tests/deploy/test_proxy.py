"""What deploy/nginx.conf promises, asked of a running nginx."""

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count as numbers
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa
from gunicorn.workers import gthread

from app.kit.errors import problem_classes
from tests.cast import API, PASSWORD
from tests.deploy.conftest import Deployment
from tests.deploy.nginx import CONFIG, NAME
from tests.deploy.visiting import Visitor, header
from tests.live.clients import SECONDS

NUMBERS = numbers(2)
AT_ONCE = 40  # deploy/nginx.conf: burst
OWN = re.compile(r"return \d+ '(?P<body>\{.*\})\\n';")
HSTS = "max-age=31536000"
KEEPALIVE = 5  # gunicorn.conf.py


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(deployment: Deployment) -> Iterator[Visit]:
    """People, each at an address where nobody was before."""
    with ExitStack() as all_of_them:

        def visit(*, tls: bool = True) -> Visitor:
            return all_of_them.enter_context(closing(Visitor(deployment.proxy, f"127.0.1.{next(NUMBERS)}", tls=tls)))

        yield visit


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    """One of them."""
    return visit()


def test_a_browser_gets_its_cookies_and_is_told_to_stay_on_https(visitor: Visitor) -> None:
    visitor.sign_up("carol@example.com")

    answer = visitor.ask("GET", f"{API}/me")

    assert answer.body["email"] == "carol@example.com"
    assert header(answer, "Strict-Transport-Security") == [HSTS]
    assert visitor.jar.keys() == {
        f"__Host-{name}" for name in ("access_token", "refresh_token", "csrf_access_token", "csrf_refresh_token")
    }


def test_the_client_itself_stands_in_the_audit_whatever_it_says_of_itself(
    visitor: Visitor, deployment: Deployment
) -> None:
    lies = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    visitor.ask("POST", f"{API}/auth/login", {"email": "nobody@example.com", "password": "x"}, headers=lies)

    engine = sa.create_engine(deployment.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        told = connection.scalars(sa.text("SELECT DISTINCT ip FROM audit_events WHERE action = 'login.failed'")).all()

    assert visitor.address in told
    assert "203.0.113.9" not in told


def test_a_limit_is_each_clients_own_and_no_lie_about_addresses_widens_it(visitor: Visitor, visit: Visit) -> None:
    def guess(who: Visitor, number: int) -> str:
        body = {"email": f"nobody{number}@example.com", "password": "x"}
        lies = {"X-Forwarded-For": f"203.0.113.{number}"}
        return who.ask("POST", f"{API}/auth/token", body, headers=lies).outcome

    guesses = [guess(visitor, number) for number in range(11)]

    assert guesses == ["401 invalid_credentials"] * 10 + ["429 rate_limited"]
    assert guess(visit(), 11) == "401 invalid_credentials"


def test_a_forwarded_host_and_scheme_of_the_clients_are_not_believed(visitor: Visitor) -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Origin": "https://evil.example"}

    answer = visitor.ask("POST", f"{API}/auth/login", {"email": "a@example.com", "password": "x"}, headers=lies)

    assert answer.outcome == "403 csrf_failed"
    assert header(answer, "Strict-Transport-Security") == [HSTS]


@pytest.mark.parametrize(
    ("headers", "data", "path", "outcome"),
    [
        ({}, b"x" * (64 * 1024 + 1), "/auth/login", "413 payload_too_large"),
        ({"X-Large": "x" * 8192}, b"", "/me", "400 malformed_request"),
        ({f"X-{number}": "x" * 2000 for number in range(20)}, b"", "/me", "400 malformed_request"),
        ({}, b"", "/me?" + "x" * 5000, "400 malformed_request"),
    ],
    ids=["body", "header", "headers", "request line"],
)
def test_what_is_too_large_is_refused_in_the_one_shape(
    visitor: Visitor, headers: dict[str, str], data: bytes, path: str, outcome: str
) -> None:
    method = "POST" if data else "GET"

    answer = visitor.ask(method, API + path, headers={**headers, "X-Request-ID": "mine"}, data=data)

    assert answer.outcome == outcome
    assert header(answer, "Content-Type") == ["application/problem+json"]
    assert header(answer, "X-Request-ID") == [answer.body["request_id"]]
    assert header(answer, "Cache-Control") == ["no-store"]


def test_a_body_as_large_as_promised_arrives(visitor: Visitor) -> None:
    answer = visitor.ask("POST", f"{API}/auth/login", data=b" " * (64 * 1024))

    assert answer.outcome == "400 malformed_request"
    assert "not JSON" in answer.body["detail"]


def test_a_flood_at_the_doors_is_told_when_to_come_back_and_the_rest_is_open(visitor: Visitor) -> None:
    latest, answers = monotonic() + SECONDS, [visitor.ask("POST", f"{API}/auth/logout")]
    while answers[-1].status == 204:
        assert monotonic() < latest, "a flood is let through"
        answers.append(visitor.ask("POST", f"{API}/auth/logout"))

    refused = answers[-1]
    assert len(answers) > AT_ONCE
    said = (refused.outcome, *header(refused, "Retry-After"), refused.body["action"])
    assert said == ("429 rate_limited", "1", "retry")
    assert visitor.ask("GET", "/livez").status == 200


def test_nothing_but_tls_from_1_2_on_and_nothing_of_the_api_on_plain_http(visit: Visit, deployment: Deployment) -> None:
    old = f"curl -sS --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 --cacert {deployment.proxy.certificate}"
    where = f"--connect-to {NAME}:443:127.0.0.1:{deployment.proxy.port} https://{NAME}/livez"
    refused_tls = subprocess.run([*old.split(), *where.split()], check=False, capture_output=True, text=True)
    plain = visit(tls=False)

    refused, page = plain.ask("POST", f"{API}/auth/login", {"password": PASSWORD}), plain.ask("GET", "/problems")

    assert (refused_tls.returncode, "alert protocol version" in refused_tls.stderr) == (35, True)
    assert refused.outcome == "404 not_found"
    assert (page.status, header(page, "Location")) == (301, [f"https://{NAME}/problems"])


def test_another_name_gets_no_certificate_and_no_answer(deployment: Deployment, visitor: Visitor) -> None:
    stranger = ssl.create_default_context()
    with (
        pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"),
        socket.create_connection(("127.0.0.1", deployment.proxy.port), timeout=SECONDS) as bare,
    ):
        stranger.wrap_socket(bare, server_hostname="evil.example")
    with visitor.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n")

        assert connection.recv(100) == b""


def test_the_access_log_has_the_request_id_and_no_query(visitor: Visitor, deployment: Deployment) -> None:
    visitor.ask("GET", "/livez?q=someone@example.com", headers={"X-Request-ID": "for-the-log"})

    line = logged(deployment, "for-the-log")
    assert (line["path"], line["status"], line["ip"], line["tls"]) == ("/livez", 200, visitor.address, "TLSv1.3")
    assert "someone" not in deployment.proxy.log


def logged(deployment: Deployment, request_id: str) -> dict[str, Any]:
    """The one line about a request; nginx writes it after the answer."""
    deadline = monotonic() + SECONDS
    while request_id not in (log := deployment.proxy.log):
        assert monotonic() < deadline, log
        sleep(0.05)
    line: dict[str, Any]
    (line,) = [each for each in map(json.loads, log.splitlines()) if each["request_id"] == request_id]
    return line


def test_what_nginx_says_itself_is_what_the_application_would_say() -> None:
    said = [json.loads(each["body"]) for each in OWN.finditer(CONFIG.read_text())]

    known = {problem.code: problem().body("$named") for problem in problem_classes()}
    assert len(said) == 7
    assert [each | {"detail": None} for each in said] == [known[each["code"]] | {"detail": None} for each in said]


def test_nginx_lets_go_of_an_idle_connection_before_a_worker_does() -> None:
    (seconds,) = re.findall(r"keepalive 32;\s+keepalive_timeout (\d+)s;", CONFIG.read_text())

    linger: float = gthread.STOP_KEEPALIVE_LINGER  # type: ignore[attr-defined]  # the stubs leave it out
    assert int(seconds) < min(linger, KEEPALIVE)
