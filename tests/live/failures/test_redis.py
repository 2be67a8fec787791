"""Redis silent, killed, and back empty: limits stay as exact, nothing fails, nobody waits."""

import secrets
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from tests.cast import API
from tests.counts import FIGURES, ONLY_PROVEN, count
from tests.live.clients import Answer, Call, admitted
from tests.live.server import serve
from tests.redis_server import redis_server

AMOUNT = 25
CALLS = count(20, 40, 100)
SECONDS = 20  # it costs a quarter of a second to find out; the machine may be busy


def guesses(email: str) -> list[Call]:
    """Guesses at one account, each from an address of its own."""
    body = {"email": email, "password": "a guess"}
    return [
        Call("POST", f"{API}/auth/token", {"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}:{each:x}::1"}, body)
        for each in range(CALLS)
    ]


@ONLY_PROVEN
def test_redis_that_fails_loosens_nothing_and_holds_nobody_up(migrated: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copy2(migrated, tmp_path)}"
    settings: dict[str, Any] = {"RATE_LIMITS": "on", "LOGIN_LIMIT": f"{AMOUNT}/hour", "TRUSTED_PROXIES": "1"}
    with redis_server() as redis, serve(url, workers=2, migrate=False, REDIS_URL=redis.url, **settings) as server:
        calls = guesses("ada@example.com")
        answers: dict[str, list[Answer]] = {"well": admitted(server.base_url, calls)}
        redis.fall_silent()
        answers["silent"] = admitted(server.base_url, calls)
        redis.speak()
        redis.kill()
        answers["killed"] = admitted(server.base_url, calls)
        redis.start()
        answers["back and empty"] = admitted(server.base_url, calls)

    slowest = {state: max(answer.seconds for answer in each) for state, each in answers.items()}
    FIGURES.append(f"redis: {CALLS} guesses at once each, the slowest answer in seconds: {slowest}")
    outcomes = Counter(answer.status for each in answers.values() for answer in each)
    assert outcomes == {401: AMOUNT, 429: 4 * CALLS - AMOUNT}
    assert max(slowest.values()) < SECONDS
