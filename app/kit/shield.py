"""Redis in front of the counters: it remembers refusals, and nothing hangs on it.

Loaded only where REDIS_URL is set, since its driver is an extra.
"""

from threading import Lock
from time import monotonic
from typing import cast

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.kit.metrics import Counter

PREFIX = "latchkey:limits:"
ANSWER_SECONDS = 0.25
REST_SECONDS = 5.0

FAILURES = Counter("redis_failures", "Questions that Redis did not answer")
log = structlog.get_logger()


class RedisShield:
    """Refusals in Redis. A Redis that fails is left alone for `REST_SECONDS`, then one caller tries it again."""

    def __init__(self, url: str) -> None:
        """Connect when first asked."""
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._lock = Lock()
        self._failed = False
        self._rests_until = 0.0

    def shut_until(self, key: str) -> int:
        """The moment until which the key is refused (ms since 1970); 0 if that is not known."""
        if not self._may_ask():
            return 0
        try:
            found = int(cast("bytes | None", self._redis.get(PREFIX + key)) or 0)
        except (RedisError, ValueError) as fault:
            self._fail(fault)
            return 0
        self._succeed()
        return found

    def shut(self, key: str, *, until: int, wait: int) -> None:
        """Remember the refusal for `wait` ms."""
        if self._failed:
            return
        try:
            self._redis.set(PREFIX + key, until, px=wait)
        except RedisError as fault:
            self._fail(fault)

    def answers(self) -> bool:
        """Whether it can be asked at this moment."""
        self.shut_until("nobody")
        return not self._failed

    def _may_ask(self) -> bool:
        if not self._failed:
            return True
        with self._lock:
            if monotonic() < self._rests_until:
                return False
            self._rests_until = monotonic() + REST_SECONDS  # the others do not wait for this one
            return True

    def _fail(self, fault: Exception) -> None:
        with self._lock:
            first, self._failed = not self._failed, True
            self._rests_until = monotonic() + REST_SECONDS
        FAILURES.count()
        if first:
            log.warning("redis out of reach: the database counts alone", error=type(fault).__name__)

    def _succeed(self) -> None:
        if self._failed:
            self._failed = False
            log.info("redis is back")
