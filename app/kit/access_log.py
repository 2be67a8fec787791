"""The access log: one line for each request, on standard output; everything else is said on standard error.

Written by hand, because every request pays for it: structlog takes four times as long. Nobody can write a second line
into it (all text is escaped to ASCII), and no secret: no query, no header but User-Agent, no long segment of a path.
"""

import logging
import re
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple, cast

from flask import Flask, Request, Response, g, request

from app.kit import clock
from app.kit.errors import Problem
from app.kit.metrics import NO_ROUTE, OTHER_METHOD, REQUESTS, Counter
from app.kit.proxies import client_address
from app.kit.redaction import without_tokens
from app.kit.streams import STDOUT
from app.kit.tracing import request_id
from config import Config

EXTENSION = "latchkey-access-log"
PROBES = frozenset({"/livez", "/readyz", "/healthz"})
LEVELS = {number: name.lower() for name, number in logging.getLevelNamesMapping().items()}
LONG_SEGMENT = re.compile(r"[^/]{25,}")
AN_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PATH_LENGTH = 200
AGENT_LENGTH = 200
PROBLEMS = Counter("problems", "Answers that refuse, by the code of the problem", "code")
BODILESS = frozenset({204, 304})
SERVER_ERROR, CLIENT_ERROR, BUG = 500, 400, 500


class Entry(NamedTuple):
    """What is said of a request. `route` is the template that matched, if one did."""

    method: str | None
    route: str | None
    path: str | None
    status: int
    seconds: float
    size: int
    client: str
    request_id: str
    code: str | None = None
    reason: str | None = None
    user_id: str | None = None
    user_agent: str | None = None


class AccessLog:
    """Writes entries in the form and from the level that the settings ask for."""

    def __init__(self, config: Config) -> None:
        """Write nothing yet."""
        self._from = logging.getLevelNamesMapping()[config.log_level.upper()]
        self._form: Callable[[Entry, str, str], str] = _json if config.log_format == "json" else _console

    def write(self, entry: Entry) -> None:
        """Write the line, if its level is asked for."""
        level = _level(entry)
        if level < self._from:
            return
        line = self._form(entry, LEVELS[level], clock.now().isoformat(timespec="milliseconds")[:-6] + "Z")
        STDOUT.write(without_tokens(line))


def init_app(app: Flask, config: Config) -> None:
    """Give the application its access log."""
    app.extensions[EXTENSION] = AccessLog(config)


def note(response: Response, *, seconds: float, app: Flask) -> None:
    """Count the request that was answered with this, and write its line."""
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
    rule, method, status = asked.url_rule, asked.method, response.status_code
    route = None if rule is None else rule.rule
    if REQUESTS.begun:
        counted = method if rule is not None and method in (rule.methods or ()) else OTHER_METHOD
        REQUESTS.count(counted, route or NO_ROUTE, status=status, seconds=seconds)
    problem: Problem | None = g.get("problem")
    if problem is not None:
        PROBLEMS.count(problem.code)
    entry = Entry(
        method=method,
        route=route,
        path=asked.path,
        status=status,
        seconds=seconds,
        size=_size(response, method),
        client=client_address(),
        request_id=request_id(),
        code=None if problem is None else problem.code,
        reason=None if problem is None else problem.members.get("reason"),
        user_id=g.get("caller_name"),
        user_agent=asked.environ.get("HTTP_USER_AGENT"),
    )
    cast("AccessLog", app.extensions[EXTENSION]).write(entry)


def note_unparsed(app: Flask, problem: Problem, *, request_id: str, client: str) -> None:
    """Count and write down a request that never reached the application, or whose answer could not be sent."""
    status = int(problem.status)
    PROBLEMS.count(problem.code)
    if REQUESTS.begun:
        REQUESTS.count(OTHER_METHOD, NO_ROUTE, status=status, seconds=0.0)
    unknown = {"method": None, "route": None, "path": None}
    entry = Entry(
        **unknown, status=status, seconds=0.0, size=0, client=client, request_id=request_id, code=problem.code
    )
    cast("AccessLog", app.extensions[EXTENSION]).write(entry)


def _level(entry: Entry) -> int:
    """Failures of ours are louder than the rest, probes that find all well are hardly heard."""
    if entry.status >= SERVER_ERROR:
        return logging.ERROR if entry.status == BUG else logging.WARNING
    return logging.DEBUG if entry.path in PROBES and entry.status < CLIENT_ERROR else logging.INFO


def _size(response: Response, method: str) -> int:
    """The bytes of the body, as far as they are known before it leaves."""
    if method == "HEAD" or response.status_code in BODILESS:
        return 0
    if isinstance(response.response, list):
        return sum(map(len, response.response))
    return response.content_length or 0


def _shown(path: str) -> str:
    """The path, cut; of a segment that could be somebody's token only that it was there."""
    return LONG_SEGMENT.sub(lambda found: found[0] if AN_ID.fullmatch(found[0]) else "...", path)[:PATH_LENGTH]


def _json(entry: Entry, level: str, moment: str) -> str:
    path = entry.path and (entry.path if entry.path == entry.route else _shown(entry.path))
    return (
        f'{{"timestamp":"{moment}","level":"{level}","event":"request","request_id":{quoted(entry.request_id)},'
        f'"method":{_or_null(entry.method)},"route":{_or_null(entry.route)},"path":{_or_null(path)},'
        f'"status":{entry.status},"code":{_or_null(entry.code)},"reason":{_or_null(entry.reason)},'
        f'"duration_ms":{entry.seconds * 1000:.2f},'
        f'"bytes":{entry.size},"client":{quoted(entry.client)},"user_id":{_or_null(entry.user_id)},'
        f'"user_agent":{_or_null(entry.user_agent and entry.user_agent[:AGENT_LENGTH])}}}'
    )


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def _console(entry: Entry, level: str, moment: str) -> str:
    asked = quoted(f"{entry.method or '-'} {_shown(entry.path or '-')}")[1:-1]
    who = f" user={entry.user_id}" if entry.user_id else ""
    return (
        f"{moment} [{level:<7}] {asked} {entry.status}{' ' + entry.code if entry.code else ''} "
        f"{entry.seconds * 1000:.1f}ms {entry.size}B {entry.client}{who} request_id={entry.request_id}"
    )
