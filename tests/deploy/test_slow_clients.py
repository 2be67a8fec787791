"""Behind nginx slow clients are nobody's trouble, not even their own."""

from contextlib import ExitStack
from time import sleep

from serving.clients import CLIENT_SECONDS
from tests.cast import API
from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.deploy.conftest import Deployment
from tests.deploy.nginx import NAME
from tests.deploy.visiting import Visitor

CROWD = count(100, 100, 400)
HEAD = f"POST {API}/auth/token HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\n"
HALF = f"POST {API}/tasks HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 60\r\n\r\n{{".encode()
BODY = b'{"email": "nobody@example.com", "password": "a guess"}'
PROMPT = 10  # for what needs hundredths; the machine may be busy


@ONLY_PROVEN
def test_a_slow_client_is_answered_and_a_crowd_of_them_keeps_nobody_waiting(deployment: Deployment) -> None:
    with ExitStack() as crowd:
        for _ in range(CROWD):
            crowd.enter_context(Visitor(deployment.proxy).connect()).sendall(HALF)
        slow = crowd.enter_context(Visitor(deployment.proxy, "127.0.0.9").connect())
        slow.sendall(f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:10])

        quick = Visitor(deployment.proxy)
        crowd.callback(quick.close)
        times = [quick.ask("GET", "/livez").seconds for _ in range(20)]
        for byte in BODY[10:][: CLIENT_SECONDS + 1]:  # for longer than the application would wait
            sleep(1)  # the client is slow: its time is what is tried
            slow.sendall(bytes([byte]))
        slow.sendall(BODY[10:][CLIENT_SECONDS + 1 :])

        FIGURES.append(f"behind nginx, {CROWD} half bodies: the slowest of {len(times)} answers {max(times):.2f} s")
        assert slow.recv(4096).startswith(b"HTTP/1.1 401 ")
        assert max(times) < PROMPT
