"""What the application itself spends on a request: calls without a server, in one thread, in µs of CPU time.

`python -m bench.calls [sqlite] [postgresql]`: each with 1 000 users, the least of ten batches of 200 calls.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time_ns
from typing import Any

from flask import Flask, json
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app
from app.kit.database import db
from bench.checks import succeeded, tokens_in
from bench.contenders import LATCHKEY
from bench.postgres import Cluster, cluster
from bench.servers import Size, environment_of, filled
from bench.works import Call, Work

WORKS = (Work.ME, Work.TASKS, Work.REFRESH, Work.LOGOUT)
DATABASES = ("sqlite", "postgresql")
USERS, BATCHES, BATCH = 1_000, 10, 200
MICROSECONDS = 1_000
Tokens = dict[str, str]


def main() -> None:
    """Measure on the databases that are named, or on both."""
    chosen = sys.argv[1:] or DATABASES
    if unknown := {*chosen} - {*DATABASES}:
        sys.exit(f"No such database: {', '.join(sorted(unknown))}.\n\n{__doc__}")
    shown = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the access log is written, too
    for database in chosen:
        for work, ours, its in measured(database, users=USERS, batches=BATCHES, batch=BATCH):
            share = f" + {its:.0f} µs of PostgreSQL" if its else ""
            print(f"{work} {work.told:18}{database:12}{ours:6.0f} µs{share}", file=shown, flush=True)


def measured(database: str, *, users: int, batches: int, batch: int) -> Iterator[tuple[Work, float, float]]:
    """For each work, in µs a request: the application's CPU time in its best batch, and PostgreSQL's in all."""
    with ExitStack() as stack:
        own = stack.enter_context(cluster()) if database == "postgresql" else None
        size = Size(users=users, sessions=batch * (batches + len(WORKS)))
        app, sessions = stack.enter_context(_application(own, size))
        for work in WORKS:
            callers, spent = [sessions.pop() for _ in range(batch)], []
            before = _database_ms(own)
            for turn in range(batches + 1):
                spent.append(_batch(app, work, callers))
                if work is Work.LOGOUT and turn < batches:
                    callers = [sessions.pop() for _ in range(batch)]
            its = (_database_ms(own) - before) * MICROSECONDS / (batch * (batches + 1))
            yield work, min(spent[1:]), its  # the first warms up


@contextmanager
def _application(own: Cluster | None, size: Size) -> Iterator[tuple[Flask, list[Tokens]]]:
    """The application on a database of its own, and the tokens of its sessions."""
    with TemporaryDirectory(prefix="latchkey-bench-") as folder:
        names = {"bin": str(Path(sys.executable).parent), "port": "8000", "second_port": "8001"}
        environment = environment_of(LATCHKEY, Path(folder), own, names)
        lines = filled(LATCHKEY, size, environment, names)
        os.environ.update(environment | {"METRICS_BIND": ""})
        app = create_app()
        yield app, [dict(zip(("access", "refresh"), line.split(), strict=True)) for line in lines]
        with app.app_context():
            db.engine.dispose()


def _batch(app: Flask, work: Work, callers: Sequence[Tokens]) -> float:
    """One call of each, in µs; whoever refreshes has the new tokens afterwards."""
    call = LATCHKEY.calls.of(work)
    environs = [_environ(call.filled(**each)) for each in callers]
    began = thread_time_ns()
    answers = [_answer(app, each) for each in environs]
    spent = thread_time_ns() - began
    if work is Work.REFRESH:
        for caller, answer in zip(callers, answers, strict=True):
            caller.update(tokens_in(json.loads(answer), LATCHKEY.calls))
    return spent / len(callers) / MICROSECONDS


def _environ(call: Call) -> dict[str, Any]:
    headers = [*call.headers().items()]
    return EnvironBuilder(method=call.method, path=call.path, headers=headers, data=call.body).get_environ()


def _answer(app: Flask, environ: dict[str, Any]) -> bytes:
    parts, status, _ = run_wsgi_app(app, environ, buffered=True)
    answer = b"".join(parts)
    if not succeeded(int(status.split()[0])):
        raise AssertionError(status, answer)
    return answer


def _database_ms(own: Cluster | None) -> float:
    return own.cpu_ms(LATCHKEY.name) if own else 0.0


if __name__ == "__main__":
    main()
