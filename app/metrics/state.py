"""The state of the parts, asked for when somebody looks: at most every few seconds, whoever looks how often."""

import platform
from collections.abc import Callable, Iterator
from time import monotonic

from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.health import service as health
from app.keys import service as keys
from app.kit import clock
from app.kit.database import db
from app.kit.metrics import PREFIX
from app.kit.migrations import newest_revision
from app.mails import service as mails
from app.metrics import sizes

VERSION = "0.1.0"
OFTEN = 5.0
SELDOM = 60.0  # SQLite counts rows one by one


class State(Collector):
    """Gauges of what all workers share: it does not matter which of them is asked."""

    def __init__(self, app: Flask) -> None:
        """Ask nothing yet."""
        self._app = app
        self._parts = [_Remembered(_build, SELDOM), _Remembered(_checks, OFTEN), _Remembered(_outbox, OFTEN)]
        self._parts += [_Remembered(_keys, OFTEN), _Remembered(_tables, SELDOM)]

    def collect(self) -> Iterator[Metric]:
        """What is known. A part that the database did not answer for is left out; the checks tell why."""
        with self._app.app_context():
            for part in self._parts:
                yield from part.families()


class _Remembered:
    """Families that are asked for anew after so many seconds, also when there was no answer."""

    def __init__(self, ask: Callable[[], list[Metric]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._known: list[Metric] = []
        self._until = -1.0

    def families(self) -> list[Metric]:
        """What is known of the part by now."""
        if monotonic() >= self._until:
            try:
                self._known = self._ask()
            except SQLAlchemyError:
                self._known = []
            self._until = monotonic() + self._seconds
        return self._known


def _build() -> list[Metric]:
    labels = {"version": VERSION, "python": platform.python_version(), "schema": newest_revision()}
    return [_gauge("build_info", "What is served", labels | {"database": db.engine.dialect.name})]


def _checks() -> list[Metric]:
    found = health.readiness()
    each = GaugeMetricFamily(f"{PREFIX}check_ok", "Whether /readyz finds this part well", labels=["check"])
    for name, state in found["checks"].items():
        each.add_metric([name], float(state == "ok"))
    return [each, _gauge("ready", "Whether /readyz says 200", value=float(found["status"] in health.SERVING))]


def _outbox() -> list[Metric]:
    waiting, oldest_at = mails.waiting()
    age = clock.now() - oldest_at
    return [
        _gauge("outbox_mails", "Mails that wait", value=waiting),
        _gauge("outbox_oldest_seconds", "For how long the oldest of them has", value=age.total_seconds()),
    ]


def _keys() -> list[Metric]:
    states = GaugeMetricFamily(f"{PREFIX}signing_keys", "Keys in the ring, by state", labels=["state"])
    for state, number in keys.numbers().items():
        states.add_metric([state], number)
    age = clock.now() - (keys.active_since_or_none() or clock.now())
    return [
        states,
        _gauge("signing_key_age_seconds", "For how long the active key has signed", value=age.total_seconds()),
    ]


def _tables() -> list[Metric]:
    family = GaugeMetricFamily(
        f"{PREFIX}table_rows", "Rows of each table; on PostgreSQL as it estimates them", labels=["table"]
    )
    for table, rows in sizes.rows().items():
        family.add_metric([table], rows)
    return [family]


def _gauge(name: str, what: str, labels: dict[str, str] | None = None, *, value: float = 1) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, what, labels=list(labels or {}))
    family.add_metric(list((labels or {}).values()), value)
    return family
