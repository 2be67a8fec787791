"""Numbers for whoever is on call: declared where things happen, summed over all workers of a server.

Nothing is counted until `begin`, which a worker of a server with METRICS_BIND calls; commands and tests pay nothing.
What is counted stands in files that the workers of one server share (prometheus-client's multiprocess mode).
"""

from collections.abc import Callable, Iterable
from typing import Any

import prometheus_client
from prometheus_client import values

PREFIX = "latchkey_"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
KEPT_COMBINATIONS = 4096
NO_ROUTE = "unknown"
OTHER_METHOD = "other"

_declared: list["_Declared"] = []


class _Declared:
    """A family of series that differ by their labels; `known` are the labels that it has before anything happens."""

    def __init__(self, make: Callable[[], Any], known: Iterable[tuple[str, ...]] = ()) -> None:
        self._make, self._known = make, tuple(known)
        self._family: Any = None
        _declared.append(self)

    def begin(self) -> None:
        """Make the family, and every series that is known: one that appears later would hide its first count."""
        self._family = self._make()
        for each in self._known:
            self._family.labels(*each)


class Counter(_Declared):
    """How often something happened, by its labels."""

    def __init__(self, name: str, what: str, *labels: str, known: Iterable[tuple[str, ...]] = ()) -> None:
        """Declare `latchkey_<name>_total`."""
        super().__init__(lambda: prometheus_client.Counter(PREFIX + name, what, labels, registry=None), known)

    def count(self, *labels: str) -> None:
        """Count once more."""
        if self._family is not None:
            (self._family.labels(*labels) if labels else self._family).inc()


class Gauge(_Declared):
    """How much of something there is at this moment in all living workers together."""

    def __init__(self, name: str, what: str) -> None:
        """Declare `latchkey_<name>`."""
        super().__init__(
            lambda: prometheus_client.Gauge(PREFIX + name, what, registry=None, multiprocess_mode="livesum")
        )

    def move(self, by: int) -> None:
        """Add so much."""
        if self._family is not None:
            self._family.inc(by)


class Requests:
    """Requests by route, method and status, and how long they took: on the path of every request."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self.begun = False
        self._bound: dict[tuple[str, str, int], tuple[Callable[[], None], Callable[[float], None]]] = {}
        self._total: Any = None
        self._seconds: Any = None

    def begin(self) -> None:
        """Make both families."""
        labels = ("method", "route")
        self._total = prometheus_client.Counter(
            f"{PREFIX}http_requests", "Requests answered", (*labels, "status"), registry=None
        )
        self._seconds = prometheus_client.Histogram(
            f"{PREFIX}http_request_duration_seconds",
            "How long the application took to answer",
            labels,
            registry=None,
            buckets=BUCKETS,
        )
        self.begun = True

    def count(self, method: str, route: str, *, status: int, seconds: float) -> None:
        """Count an answer; `method` and `route` must be of few kinds."""
        bound = self._bound.get((method, route, status)) or self._bind(method, route, status)
        bound[0]()
        bound[1](seconds)

    def _bind(self, method: str, route: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
        """The two series, looked up once: that costs as much as counting does."""
        bound = self._total.labels(method, route, status).inc, self._seconds.labels(method, route).observe
        if len(self._bound) < KEPT_COMBINATIONS:
            self._bound[method, route, status] = bound
        return bound


REQUESTS = Requests()
WORKERS = Gauge("workers", "Workers that live")


def begin(slot: int) -> None:
    """Count from now on in the files of this slot, which no other living process has.

    A worker that takes the slot of a dead one goes on from its numbers: so they survive it, and files stay few.
    """
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]  # the library leaves it out
    for each in _declared:
        each.begin()
    REQUESTS.begin()
    WORKERS.move(1)
