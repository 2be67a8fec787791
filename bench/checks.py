"""What must hold before a row counts: the work is really done, and what was revoked is refused."""

import json
from http.client import HTTPConnection
from typing import Any

from bench.servers import PASSWORD, Server
from bench.works import Call, Calls, Work

EMAIL = "user1@example.com"  # nobody else's sessions may end when this one's are tried
TASKS = 20
SECONDS = 30


class Broken(AssertionError):
    """The contender does not do what would be measured."""


class Caller:
    """Somebody with a session of their own, begun by password."""

    def __init__(self, server: Server) -> None:
        self.port, self.calls = server.port, server.contender.calls
        self.tokens: dict[str, str] = {}

    def does(self, work: Work, *, password: str = PASSWORD) -> tuple[int, Any]:
        """Do it once; give the status and what came."""
        call = self.calls.of(work).filled(email=EMAIL, password=password, **self.tokens)
        return ask(self.port, call)

    def signs_in(self) -> None:
        """Begin the session."""
        self._keep(*self.does(Work.LOGIN))

    def renews(self) -> None:
        """Trade the refresh token."""
        self._keep(*self.does(Work.REFRESH))

    def _keep(self, status: int, body: Any) -> None:
        must(f"no tokens: {status} {body}", holds=succeeded(status))
        self.tokens = tokens_in(body, self.calls)


def check(server: Server, work: Work) -> None:
    """Do the work once, then show that what was revoked is refused.

    Raises:
        Broken: it is not done, or a revoked token still counts.
    """
    if not server.contender.fill:
        everybody = {"access": "none", "email": EMAIL, "password": PASSWORD}
        constant, _ = ask(server.port, server.contender.calls.of(work).filled(**everybody))
        must(f"no constant: {constant}", holds=succeeded(constant))
        return
    {
        Work.ME: _reads,
        Work.TASKS: _reads,
        Work.LOGIN: _signs_in,
        Work.REFRESH: _renews,
        Work.LOGOUT: _leaves,
    }[work](Caller(server), work)


def _reads(caller: Caller, work: Work) -> None:
    caller.signs_in()
    status, body = caller.does(work)
    must(f"not read: {status} {body}", holds=succeeded(status))
    if work is Work.ME:
        must(f"somebody else: {body}", holds=body["email"] == EMAIL)
    else:
        must(f"not {TASKS} tasks: {body}", holds=len(body[caller.calls.items_name]) == TASKS)
    must("no logout", holds=succeeded(caller.does(Work.LOGOUT)[0]))
    must("a revoked access token still reads", holds=refused(caller.does(work)[0]))


def _signs_in(caller: Caller, work: Work) -> None:
    caller.signs_in()
    must("a wrong password signs in", holds=refused(caller.does(work, password=f"not {PASSWORD}")[0]))


def _renews(caller: Caller, work: Work) -> None:
    caller.signs_in()
    first = caller.tokens
    caller.renews()
    must("nothing is rotated", holds=caller.tokens != first)
    caller.renews()
    caller.tokens = first
    must("a spent refresh token is taken", holds=refused(caller.does(work)[0]))


def _leaves(caller: Caller, work: Work) -> None:
    caller.signs_in()
    must("no logout", holds=succeeded(caller.does(work)[0]))
    must("a revoked access token still reads", holds=refused(caller.does(Work.ME)[0]))


def must(otherwise: str, *, holds: bool) -> None:
    """Hold, or say what is broken."""
    if not holds:
        raise Broken(otherwise)


def succeeded(status: int) -> bool:
    """Whether it is one of 200 to 299."""
    return status // 100 == 2  # noqa: PLR2004  the class of success


def refused(status: int) -> bool:
    """Whether somebody without a right was told so."""
    return status in {400, 401, 403, 404}


def ask(port: int, call: Call) -> tuple[int, Any]:
    """The status of one answer, and its JSON or what else it says, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(call.method, call.path, call.body or None, call.headers())
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    is_json = answer.getheader("Content-Type", "").startswith("application/json")
    return answer.status, json.loads(content) if is_json and content else content


def tokens_in(body: Any, calls: Calls) -> dict[str, str]:
    """The pair of tokens in an answer."""
    return {"access": body[calls.access_name], "refresh": body[calls.refresh_name]}
