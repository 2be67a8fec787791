"""How gunicorn serves Latchkey. `python gunicorn.conf.py` judges the settings and does no more."""

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from config import Config, RefusedSetting

try:
    chosen = Config.from_environ()
except RefusedSetting as refusal:
    sys.exit(str(refusal))

import gunicorn.http.wsgi
from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException

from serving.dates import http_date
from serving.master import JsonLogger, Metrics, a_processor, is_told_to_end, keep_signals_while_forking
from serving.patience import PatientWorker, WaitedTooLong

# The master forks every later worker: with these still loaded, HUP would mix old with new code.
for _each in [name for name in sys.modules if name.partition(".")[0] in {"config", "environment", "safety", "serving"}]:
    del sys.modules[_each]

INHERITED_SOCKETS = {"GUNICORN_FD", "LISTEN_FDS"}  # from a master upgraded by USR2, from systemd
LOCALHOST = {"127.0.0.1", "0.0.0.0", "localhost"}  # noqa: S104  what a host may be, not what we bind
MEMORY = "/dev/shm"  # noqa: S108  gunicorn uses mkstemp there
LAST_PORT = 65535


class Worker(PatientWorker):
    """gunicorn's threads; what it cannot parse is refused in our shape, not echoed."""

    mails: Any = None  # what sends mails here
    metrics: Metrics | None = None  # the master's, if they are wanted
    slot: int = -1  # which of its files is this worker's
    processor: int | None = None  # where it stays, if there is one for each worker
    told: Any = None  # the master's queue of signals: until this worker listens itself, its copy takes what it is told

    def init_signals(self) -> None:
        """Listen; whoever was told to end before is as good as told now (gunicorn's would serve until it is killed)."""
        super().init_signals()
        if is_told_to_end(self.told):
            self.alive = False

    def set_accept_enabled(self, enabled: Any) -> None:
        """Let go of the listening sockets while draining: who waits in line is served, who comes later is refused."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for each in self.sockets:
                while cast("Any", each).sock and self.lets_one_in(each):  # none: it has let go before
                    pass
                each.close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer a request that did not reach the application, or whose answer cannot be sent."""
        if req is not None and isinstance(exc, ParseException):
            return  # a body that nobody read turned out broken: its request has been answered
        # Here, because the master must never load the application: HUP could not renew it.
        from structlog import get_logger  # noqa: PLC0415  what the application made of it

        from app.kit.access_log import note_unparsed  # noqa: PLC0415
        from app.kit.problems import InternalError, MalformedRequest, Unavailable  # noqa: PLC0415
        from app.kit.secrets import random_id  # noqa: PLC0415

        name = random_id()
        named = {ParseException: MalformedRequest, WaitedTooLong: Unavailable}
        problem = next((each() for kind, each in named.items() if isinstance(exc, kind)), InternalError())
        if isinstance(problem, InternalError):
            get_logger().error("error outside the application", request_id=name, exc_info=exc)
        note_unparsed(cast("Any", self.wsgi), problem, request_id=name, client=str(addr and addr[0]))
        with suppress(OSError):
            util.write_nonblock(client, _answer(problem.status, problem.body(name), name))


def _answer(status: HTTPStatus, body: dict[str, Any], request_id: str) -> bytes:
    """The bytes of a last answer on a connection."""
    content = f"{json.dumps(body)}\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-ID: {request_id}",
        *(["Retry-After: 1"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
        "",
        content,
    )
    return "\r\n".join(head).encode()


wsgi_app = "wsgi:app"
bind = f"[{chosen.host}]:{chosen.port}" if ":" in chosen.host else f"{chosen.host}:{chosen.port}"
reuse_port = False  # a taken port is said, not shared
workers = chosen.web_concurrency
worker_class = Worker
threads = chosen.web_threads
preload_app = False  # each worker opens its own database pool, and HUP loads new code
# The heartbeat: on a busy disk it could stop, and a healthy worker would be killed.
worker_tmp_dir = MEMORY if os.access(MEMORY, os.W_OK) else None
sendfile = False  # it would wait for the client in its own way
worker_connections = 512  # with what else a worker holds open, within the 1024 files that systems grant
# Against what may leak in libraries. A worker that is alone is not recycled: nobody would answer meanwhile.
max_requests = 100_000 if workers > 1 else 0
max_requests_jitter = max_requests // 2
timeout = 30
graceful_timeout = 30
keepalive = 5
control_socket_disable = True

# Headers of proxies are the application's to judge, by TRUSTED_PROXIES. gunicorn would believe the
# scheme, SCRIPT_NAME and PATH_INFO of whoever calls from loopback.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

accesslog = None  # the application writes it, under any server
errorlog = "-"
loglevel = "warning"
if chosen.log_format == "json":
    logger_class = JsonLogger
util.http_date = http_date
gunicorn.http.wsgi.SERVER = "latchkey"  # type: ignore[attr-defined]  # the stubs leave it out


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Give the worker ears, a processor, and a slot to count in: a dead one's, or one of its own."""
    worker.told = server.SIG_QUEUE
    worker.processor = a_processor([each.processor for each in _workers(server)], wanted=server.num_workers)
    worker.metrics = getattr(server, "metrics", None)
    if worker.metrics:
        worker.slot = worker.metrics.free_slot({each.slot for each in _workers(server)})


def post_worker_init(worker: Worker) -> None:
    """Stay on its processor. Send mails from this worker too, each is claimed by one; show metrics, whoever is free."""
    from app.kit.processors import stay  # noqa: PLC0415  the master must never load the application
    from app.mails.sender import Sender  # noqa: PLC0415  the master must never load the application
    from app.metrics.exporter import Exporter  # noqa: PLC0415

    if worker.processor is not None:
        stay(worker.processor)
    app = cast("Any", worker.wsgi)
    worker.mails = Sender(app)
    if worker.metrics:
        Exporter(app, worker.metrics.listener, slot=worker.slot)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """A worker is dead, whatever of: what it had at the moment no longer counts."""
    del server
    if worker.metrics:
        worker.metrics.forget(worker.slot)


def pre_exec(server: Arbiter) -> None:
    """Hand the metrics' address on to the master that takes over (USR2)."""
    if metrics := getattr(server, "metrics", None):
        metrics.hand_on(server.cfg.env_orig)


def on_exit(server: Arbiter) -> None:
    """Leave no files of metrics behind."""
    if metrics := getattr(server, "metrics", None):
        metrics.close()


def _workers(server: Arbiter) -> list[Worker]:
    return cast("list[Worker]", list(server.WORKERS.values()))


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the mail that is on its way leave."""
    del server
    if worker.mails is not None:
        worker.mails.stop()


def on_starting(server: Arbiter) -> None:
    """At the start, not on HUP: say what is unsafe or taken before gunicorn tries the port, five times."""
    for warning in chosen.warnings:
        print(warning, file=sys.stderr)
    keep_signals_while_forking()
    if chosen.metrics_bind:
        server.metrics = Metrics(  # type: ignore[attr-defined]  # it lives as long as the master
            *chosen.metrics_address, memory=worker_tmp_dir
        )
    if INHERITED_SOCKETS & server.cfg.env_orig.keys():
        return
    _refuse_unless_free(chosen.host)
    if chosen.host in LOCALHOST:
        # Browsers and curl try ::1 first: another program there would answer http://localhost.
        _refuse_unless_free("::1", cause=errno.EADDRINUSE)


def _refuse_unless_free(host: str, *, cause: int | None = None) -> None:
    """End the process with one sentence if the port cannot be had (or only for one cause)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, chosen.port))
        except OSError as error:
            if cause in {None, error.errno}:
                sys.exit(_refused(host, error))


def _refused(host: str, error: OSError) -> str:
    """Why there is no listening on that address, in one line."""
    if error.errno != errno.EADDRINUSE:
        return f"HOST: {host} with port {chosen.port}: {error.strerror}"
    other = chosen.port + 1 if chosen.port < LAST_PORT else chosen.port - 1
    return (
        f"PORT: {chosen.port} is taken on {host} by another program; choose another, for example PORT={other} make run"
    )


def when_ready(server: Arbiter) -> None:
    """Greet whoever started it by hand."""
    del server
    if chosen.is_production and not sys.stdout.isatty():
        return
    here = f"http://localhost:{chosen.port}" if chosen.host in LOCALHOST else f"http://{bind}"
    environment = "" if chosen.is_production else "APP_ENV=development "
    lines = [
        f"Latchkey serves {here} ({chosen.app_env}; Ctrl-C stops it)",
        *([f"  demo      {here}/"] if chosen.demo else []),
        f"  docs      {here}/docs",
        f"  contract  {here}/api/v1/openapi.json",
        f"  try       curl {here}/api/v1/auth/register -H 'Content-Type: application/json' \\",
        """              -d '{"email": "you@example.com", "password": "three quiet otters rowing"}'""",
        f"  an admin  {environment}.venv/bin/flask users create admin@example.com --role admin",
        *(["  Safari    on plain http needs COOKIE_SECURE=false make run"] if chosen.cookie_secure else []),
    ]
    print("\n".join(lines), flush=True)
