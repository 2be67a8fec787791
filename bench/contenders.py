"""Who is measured: how each is built, filled, served and asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.works import Call, Calls, Work

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "bench" / "peers"
WORKERS, THREADS = 2, 8
GUNICORN = (
    "{bin}/gunicorn", "--bind", "127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", str(THREADS),
    "--worker-tmp-dir", "/dev/shm", "--no-control-socket",
)  # fmt: skip
GRANIAN = (
    "{bin}/granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", str(WORKERS),
    "--blocking-threads", str(THREADS), "--no-ws",
)  # fmt: skip
API = "/api/v1"
UNREACHABLE = "999999999/minute"  # counted as in production, and never refused
LATCHKEY_SETTINGS = {
    "APP_ENV": "production",
    "LOGIN_LIMIT": UNREACHABLE,
    "REFRESH_LIMIT": UNREACHABLE,
    "ACCESS_TOKEN_TTL": "2h",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "info",
    "HOST": "127.0.0.1",
    "PORT": "{port}",
    "METRICS_BIND": "127.0.0.1:{second_port}",
    "WEB_CONCURRENCY": str(WORKERS),
    "WEB_THREADS": str(THREADS),
}
LATCHKEY_CALLS = Calls(
    me=Call(method="GET", path=f"{API}/me", bearer="$access"),
    tasks=Call(method="GET", path=f"{API}/tasks", bearer="$access"),
    login=Call(method="POST", path=f"{API}/auth/token", body='{"email": "$email", "password": "$password"}'),
    refresh=Call(method="POST", path=f"{API}/auth/refresh", bearer="$refresh"),
    logout=Call(method="POST", path=f"{API}/auth/logout", bearer="$access"),
)


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Somebody who is measured; `{build}`, `{bin}`, `{port}` in commands and settings are filled in at the start."""

    name: str
    title: str
    build: str
    folder: Path = PEERS
    before: tuple[tuple[str, ...], ...] = ()
    fill: tuple[str, ...] = ()
    serve: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    works: tuple[Work, ...] = tuple(Work)
    scheme: str = "postgresql+psycopg:"
    blocked: int = 0
    logouts_a_second: int = 2_500  # so many sessions are ready for each second: more than it reaches


LATCHKEY = Contender(
    name="latchkey",
    title="Latchkey, gunicorn",
    build="latchkey",
    folder=ROOT,
    before=(("{bin}/flask", "--app", "wsgi", "db", "upgrade"),),
    fill=("{bin}/python", "-m", "bench.filling"),
    serve=("{bin}/gunicorn",),
    settings=LATCHKEY_SETTINGS,
    calls=LATCHKEY_CALLS,
)
FLOOR = Contender(
    name="floor",
    title="bare Flask, a constant, gunicorn",
    build="flask",
    serve=(*GUNICORN, "floor:app"),
    works=(Work.ME,),
)
FLOOR_PATIENT = replace(
    FLOOR,
    name="floor_patient",
    title="bare Flask, a constant, Latchkey's worker",
    serve=(*GUNICORN, "--config", "patient.py", "floor:app"),
)
BCRYPT = Contender(
    name="bcrypt",
    title="bcrypt alone, gunicorn",
    build="flask",
    serve=(*GUNICORN, "bcrypt_alone:app"),
    works=(Work.LOGIN,),
)
JWT_GUIDE = Contender(
    name="jwt_guide",
    title="Flask-JWT-Extended as its guide",
    build="flask",
    fill=("{bin}/python", "jwt_guide.py"),
    serve=(*GUNICORN, "jwt_guide:app"),
    calls=Calls(logout=Call(method="DELETE", path="/logout", bearer="$access")),
)
OPAQUE = Contender(
    name="opaque",
    title="opaque tokens, microblog style",
    build="flask",
    fill=("{bin}/python", "opaque.py"),
    serve=(*GUNICORN, "opaque:app"),
    calls=Calls(
        refresh=Call(method="PUT", path="/refresh", body='{"access_token": "$access", "refresh_token": "$refresh"}'),
        logout=Call(method="DELETE", path="/logout", bearer="$access"),
    ),
)
DRF = Contender(
    name="drf",
    title="Django REST framework, simplejwt",
    build="django",
    fill=("{bin}/python", "-c", "import drf; drf.prepare()"),
    serve=(*GUNICORN, "drf:application"),
    calls=Calls(
        login=Call(method="POST", path="/login", body='{"username": "$email", "password": "$password"}'),
        refresh=Call(method="POST", path="/refresh", body='{"refresh": "$refresh"}'),
        access_name="access",
        refresh_name="refresh",
        items_name="results",
    ),
    scheme="postgresql:",
)
EXPRESS = Contender(
    name="express",
    title="Express, jsonwebtoken as documented",
    build="express",
    folder=PEERS / "express",
    fill=("node", "fill.js"),
    serve=("node", "server.js"),
    settings={"PORT": "{port}", "NODE_ENV": "production", "NODE_PATH": "{build}/node_modules"},
    scheme="postgresql:",
    logouts_a_second=8_000,
)
EXPRESS_TUNED = replace(
    EXPRESS,
    name="express_tuned",
    title="Express, secret as a KeyObject",
    settings={**EXPRESS.settings, "KEY": "object"},
    works=(Work.ME, Work.TASKS, Work.REFRESH),
)
LATCHKEY_GRANIAN = replace(
    LATCHKEY,
    name="latchkey_granian",
    title="Latchkey, granian",
    serve=("deploy/granian.sh",),
    settings={**LATCHKEY_SETTINGS, "GRANIAN": "{bin}/granian"},
    works=(Work.ME, Work.TASKS),
)
FLOOR_GRANIAN = replace(
    FLOOR, name="floor_granian", title="bare Flask, a constant, granian", serve=(*GRANIAN, "floor:app")
)
GROWTH = [
    replace(LATCHKEY, name=f"latchkey_{rows}", title=f"Latchkey, {rows} rows more", blocked=rows)
    for rows in (1_000, 100_000, 1_000_000)
]
USUAL = [
    LATCHKEY, LATCHKEY_GRANIAN, FLOOR, FLOOR_PATIENT, FLOOR_GRANIAN, BCRYPT,
    JWT_GUIDE, OPAQUE, DRF, EXPRESS, EXPRESS_TUNED,
]  # fmt: skip
CONTENDERS = {each.name: each for each in (*USUAL, *GROWTH)}
