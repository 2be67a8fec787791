"""What the settings take, what they refuse, and in which words."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config import Config, RefusedSetting

CHECKOUT = Path(__file__).resolve().parent.parent
SETTINGS = """
    APP_ENV SECRET_KEY SECRET_KEY_FALLBACKS DATABASE_URL JWT_ALGORITHM JWT_ISSUER JWT_AUDIENCE
    ACCESS_TOKEN_TTL REFRESH_TOKEN_TTL SESSION_TTL REFRESH_REPLAY_SECONDS FRESH_TTL COOKIE_SECURE
    CORS_ORIGINS TRUSTED_PROXIES REGISTRATION BCRYPT_ROUNDS PASSWORD_MIN_LENGTH HOST PORT
    PUBLIC_URL WEB_CONCURRENCY WEB_THREADS LOG_FORMAT LOG_LEVEL
""".split()
KEY = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"
OLD = "nB3xV8kqW1zTt5Lr0YcJd7RfHm4GsUe9PoAi6MQ2"
START = """
import sys
from pathlib import Path
from config import Config
print("ready", flush=True)
sys.stdin.readline()
print(*(Config.from_environ(Path(root)).secret_key for root in sys.argv[1:]))
"""

Read = Callable[..., Config]


@pytest.fixture(name="read")
def _read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)

    def read(**settings: str) -> Config:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return Config.from_environ(tmp_path)

    return read


def test_production_starts_with_a_secret_key_and_nothing_else(read: Read, tmp_path: Path) -> None:
    config = read(SECRET_KEY=KEY)

    assert config == Config(
        app_env="production",
        secret_key=KEY,
        secret_key_fallbacks=(),
        database_url=f"sqlite:///{tmp_path}/instance/latchkey.db",
        jwt_algorithm="HS256",
        jwt_issuer="latchkey",
        jwt_audience="latchkey-api",
        access_token_ttl=timedelta(minutes=15),
        refresh_token_ttl=timedelta(days=7),
        session_ttl=timedelta(days=30),
        refresh_replay=timedelta(seconds=10),
        fresh_ttl=timedelta(minutes=10),
        cookie_secure=True,
        cors_origins=(),
        trusted_proxies=0,
        registration="open",
        bcrypt_rounds=12,
        password_min_length=8,
        host="127.0.0.1",
        port=8000,
        public_url="http://localhost:8000",
        web_concurrency=os.cpu_count() or 1,
        web_threads=8,
        log_format="json",
        log_level="info",
    )
    assert config.warnings == ()


def test_production_refuses_to_start_without_a_secret_key(read: Read) -> None:
    with pytest.raises(RefusedSetting) as refusal:
        read()

    assert str(refusal.value).startswith("SECRET_KEY: ")
    assert str(refusal.value).endswith("or APP_ENV=development for this checkout's own data")


REFUSED = {
    "APP_ENV": ["staging", "Production", ""],
    "SECRET_KEY": ["0123456789abcdefghijklmnopqrstu", KEY.replace("8", ","), "\udcff" * 40],
    "SECRET_KEY_FALLBACKS": ["tooshort", f"{OLD},", f"{OLD},tooshort"],
    "DATABASE_URL": [
        *["", "latchkey.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:////tmp"],
        *["sqlite:///x.db?mode=memory", "sqlite://x/y.db", "sqlite+aiosqlite:///x.db"],
        *["mysql://u:hush@h/d", "postgresql+asyncpg://u:hush@h/d", "postgresql://u:hush@h:port/d"],
    ],
    "JWT_ALGORITHM": ["", "none", "hs256"],
    "JWT_ISSUER": ["", "a\tb", "x" * 256, "\udcff"],
    "JWT_AUDIENCE": ["", "a\nb"],
    "ACCESS_TOKEN_TTL": ["", "900", "0m", "-5m", "1.5h", "15M", "15 m", "25h", "\uff11m"],
    "REFRESH_TOKEN_TTL": ["d", "3651d"],
    "SESSION_TTL": ["forever", "9999999999d"],
    "REFRESH_REPLAY_SECONDS": ["", "61", "-1", "10s"],
    "FRESH_TTL": ["0s"],
    "COOKIE_SECURE": ["", "maybe", "t", "2"],
    "CORS_ORIGINS": [
        *["*", "null", "a.example", "https://", "https://a.example/", "https://a.example/app"],
        *["https://*.example", "HTTPS://a.example", "https://A.example", "ftp://a.example"],
        *["https://a.example:443", "http://a.example:80", "https://a.example:0", "https://a b"],
        *["https://u:hush@a.example", "https://a.example,,https://b.example", "https://a.example?"],
    ],
    "TRUSTED_PROXIES": ["", "11", "-1", "true"],
    "REGISTRATION": ["", "invite"],
    "BCRYPT_ROUNDS": ["3", "17", "twelve", "\uff11\uff12"],
    "PASSWORD_MIN_LENGTH": ["7", "65"],
    "HOST": ["", "http://localhost", "localhost:8000", "127.0.0.1:80", "[::1]", "a b"],
    "PORT": ["", "0", "65536", "http", "1_0", "+80"],
    "PUBLIC_URL": [
        *["", "/app", "a.example", "ftp://a.example", "https://u:hush@a.example", "https://a b"],
        *["https://a.example?x", "https://a.example/#/", "https://a.example:443"],
        *["http://a.example:80/x", "https://A.example", "https://a.example/\u00e9"],
    ],
    "WEB_CONCURRENCY": ["0", "257"],
    "WEB_THREADS": ["1", "257"],
    "LOG_FORMAT": ["xml"],
    "LOG_LEVEL": ["INFO", "trace"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_an_unfit_setting_is_refused_in_one_line_that_names_it(read: Read, name: str, value: str) -> None:
    with pytest.raises(RefusedSetting) as refusal:
        read(**{"APP_ENV": "development", "SECRET_KEY": KEY, name: value})

    assert re.fullmatch(f"{name}: must be .+", str(refusal.value))
    assert not {value, "hush", OLD} - {""} & set(re.split(r"[\s,:/@]+", str(refusal.value)))


@pytest.mark.parametrize(
    ("name", "value"),
    [("JWT_ALGORITHM", each) for each in ("ES256", "EdDSA", "PS256", "RS256", "RS512")]
    + [("REGISTRATION", "verified")],
)
def test_what_comes_later_is_refused_as_such(read: Read, name: str, value: str) -> None:
    with pytest.raises(RefusedSetting, match=rf"^{name}: .*{value}.*: not in this version yet"):
        read(SECRET_KEY=KEY, **{name: value})


@pytest.mark.parametrize(
    "weak",
    ["x" * 40, "ab" * 20, "12345678" * 4, "changeme" * 5, "your-secret-key" * 3, "Secret" * 6]
    + ["password-password-password-password", "replace-me-replace-me-replace-me-123"],
)
def test_production_refuses_a_secret_key_that_can_be_guessed(read: Read, weak: str) -> None:
    with pytest.raises(RefusedSetting) as refusal:
        read(SECRET_KEY=weak)

    assert str(refusal.value).startswith("SECRET_KEY: must be random")
    assert weak not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BCRYPT_ROUNDS", "9"),
        ("CORS_ORIGINS", "https://a.example,http://b.example"),
        ("CORS_ORIGINS", "http://localhost.example"),
        ("PUBLIC_URL", "http://a.example"),
        ("PUBLIC_URL", "http://127.0.0.1.example/app"),
    ],
)
def test_production_refuses_what_is_unsafe_there_only(read: Read, name: str, value: str) -> None:
    assert read(APP_ENV="development", SECRET_KEY=KEY, **{name: value})

    with pytest.raises(RefusedSetting, match=f"^{name}: must be .* in production"):
        read(APP_ENV="production")


def test_production_takes_https_and_loopback_addresses(read: Read) -> None:
    origins = "https://a.example:8443, http://localhost:5173,http://x.localhost,http://[::1]:3000"

    config = read(SECRET_KEY=KEY, CORS_ORIGINS=origins, PUBLIC_URL="http://127.0.0.1:9000")

    assert config.cors_origins == tuple(each.strip() for each in origins.split(","))


def test_a_plain_http_lan_is_allowed_with_a_warning(read: Read) -> None:
    config = read(SECRET_KEY=KEY, COOKIE_SECURE="false", PUBLIC_URL="http://nas.lan:8000")

    assert [each.partition(":")[0] for each in config.warnings] == ["COOKIE_SECURE"]


@pytest.mark.parametrize(("words", "meaning"), [("true 1 YES on", True), ("False 0 no OFF", False)], ids=str)
def test_a_switch_understands_eight_words(read: Read, words: str, *, meaning: bool) -> None:
    read_as = {read(SECRET_KEY=KEY, COOKIE_SECURE=word).cookie_secure for word in words.split()}

    assert read_as == {meaning}


def test_durations_have_four_units_and_the_replay_window_may_be_shut(read: Read) -> None:
    config = read(
        **{"SECRET_KEY": KEY, "ACCESS_TOKEN_TTL": "90s", "FRESH_TTL": "5m"},
        **{"REFRESH_TOKEN_TTL": "12h", "SESSION_TTL": "1d", "REFRESH_REPLAY_SECONDS": "0"},
    )

    assert config.access_token_ttl == timedelta(seconds=90)
    assert config.fresh_ttl == timedelta(minutes=5)
    assert config.refresh_token_ttl == timedelta(hours=12)
    assert config.session_ttl == timedelta(days=1)
    assert config.refresh_replay == timedelta()


def test_the_public_url_follows_the_port(read: Read) -> None:
    assert read(SECRET_KEY=KEY, PORT="9000").public_url == "http://localhost:9000"


def test_the_public_url_has_an_origin_and_no_slash_at_its_end(read: Read) -> None:
    config = read(SECRET_KEY=KEY, PUBLIC_URL="https://app.example:8443/portal/")

    assert config.public_url == "https://app.example:8443/portal"
    assert config.public_origin == "https://app.example:8443"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "api.internal"])  # noqa: S104 - a value to read
def test_a_host_is_a_name_or_an_address(read: Read, host: str) -> None:
    assert read(SECRET_KEY=KEY, HOST=host).host == host


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg(read: Read, scheme: str) -> None:
    config = read(SECRET_KEY=KEY, DATABASE_URL=f"{scheme}://u:p%40ss@db:5433/d?sslmode=require")

    assert config.database_url == "postgresql+psycopg://u:p%40ss@db:5433/d?sslmode=require"


def test_postgresql_without_its_driver_is_refused_with_the_cure(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(RefusedSetting, match=r"^DATABASE_URL: .*pip install latchkey\[postgres\]"):
        read(SECRET_KEY=KEY, DATABASE_URL="postgresql://u:hush@db/d")
