"""What the settings take, what they refuse, and in which words."""

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from shlex import split

import pytest

from config import RefusedSetting
from environment import MailRoute, Rate
from tests.conftest import Read

CHECKOUT = Path(__file__).resolve().parent.parent
EXAMPLE = (CHECKOUT / ".env.example").read_text()
KEY = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"
OLD = "nB3xV8kqW1zTt5Lr0YcJd7RfHm4GsUe9PoAi6MQ2"
ACCEPTED = [
    ("COOKIE_SECURE", "true 1 YES ' on '", True),
    ("COOKIE_SECURE", "False 0 no OFF", False),
    ("ACCESS_TOKEN_TTL", "86400s 1440m 24h 1d", timedelta(days=1)),
    ("REFRESH_REPLAY_SECONDS", "0", timedelta()),
    ("DEMO", "on True", True),
    ("DEMO", "off no", False),
    ("HOST", "::1", "::1"),
    ("CORS_ORIGINS", "'http://[::1]:3000, https://a.b'", ("http://[::1]:3000", "https://a.b")),
    ("PUBLIC_URL", "http://127.0.0.1:84/app http://127.0.0.1:84/app/", "http://127.0.0.1:84/app"),
    ("LOGIN_LIMIT", "10/minute", Rate(10, timedelta(minutes=1))),
    ("MAIL_LIMIT", "100000/second", Rate(100_000, timedelta(seconds=1))),
    ("REDIS_URL", "'' ", ""),
    ("REDIS_URL", "redis://:hush@h:6379/0", "redis://:hush@h:6379/0"),
    ("MAIL_URL", "file:/nowhere/at/all", MailRoute(scheme="file", directory="/nowhere/at/all")),
    ("MAIL_URL", "smtp://h smtp://h:25 smtp://h/?starttls=no", MailRoute(scheme="smtp", host="h", port=25)),
    (
        "MAIL_URL",
        "smtp://u%40x:p%3Aq@h?starttls=1&from=a@b.c",
        MailRoute(scheme="smtp", host="h", port=587, user="u@x", password="p:q", starttls=True, sender="a@b.c"),
    ),
    ("MAIL_URL", "smtps://h", MailRoute(scheme="smtps", host="h", port=465)),
    ("DATABASE_URL", "'sqlite:////nowhere/at all.db'", "sqlite:////nowhere/at all.db"),
    ("DATABASE_URL", "postgres://:%40@h/d postgresql://:%40@h/d", "postgresql+psycopg://:%40@h/d"),
]
REFUSED = {
    "APP_ENV": "staging Production ''",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstu Zt8vQ2mXw5Rk1LrYc7Jd,0BnHf4GsUe9PoAiT6",
    "SECRET_KEY_FALLBACKS": f"tooshort {OLD}, {OLD},tooshort {OLD},,{OLD}",
    "DATABASE_URL": "'' latchkey.db sqlite:// sqlite:/// sqlite:///:memory: sqlite:///x?mode=memory"
    " sqlite:////tmp sqlite://x/y.db mysql://u:hush@h/d postgresql://u:hush@h:port/d mysql:///x.db",
    "JWT_ALGORITHM": "'' none hs256",
    "JWT_ISSUER": f"'' 'a\tb' {'x' * 256} \udcff \u00fc",
    "JWT_AUDIENCE": "'' 'a\nb'",
    "ACCESS_TOKEN_TTL": "'' 900 0m -5m 1.5h 15M '15 m' 25h \uff11m",
    "REFRESH_TOKEN_TTL": "d 3651d",
    "SESSION_TTL": "forever 9999999999d",
    "REFRESH_REPLAY_SECONDS": "'' 61 -1 10s",
    "FRESH_TTL": "0s",
    "COOKIE_SECURE": "'' maybe t 2",
    "CORS_ORIGINS": "* null a.b https:// https://a.b/ https://a.b/app https://*.b HTTPS://a.b"
    " https://A.b ftp://a.b https://u:hush@a.b https://a.b:443 http://a.b:80 https://a.b:0"
    " https://a.b? https://a.b,,https://c.d 'https://a b'",
    "TRUSTED_PROXIES": "'' 11 -1 true",
    "REGISTRATION": "'' invite",
    "BCRYPT_ROUNDS": "3 17 twelve \uff11\uff12",
    "PASSWORD_MIN_LENGTH": "7 65",
    "LOGIN_LIMIT": "'' 10 0/minute 10/week 10/minutes -1/hour '10 / minute' 10/Minute 1/2/minute \uff11/hour",
    "REFRESH_LIMIT": "off",
    "REGISTER_LIMIT": "1.5/hour",
    "MAIL_LIMIT": "none",
    "RATE_LIMITS": "'' maybe",
    "REDIS_URL": "localhost:6379 http://hush@h memcached://h redis://h:hush redis://h?hush=1 redis://h?socket_timeout=x",
    "MAIL_URL": "'' console console:x file: smtp: smtp://u:hush@ smtp://h:port smtp://h:99999 smtp://h?tls=1"
    " smtp://h?starttls=hush smtp://h?starttls smtp://h/path smtp://h#x http://h http://h:25 submission://h:587 smtp+ssl://u:hush@h:465"
    " smtps://h?starttls=1 smtp://H/?from=x smtp://h?from=a%20b@c"
    " smtp://h?from=a@b%0d%0aBcc:hush@c",
    "HOST": "'' http://localhost localhost:8000 127.0.0.1:80 [::1] 'a b'",
    "PORT": "'' 0 65536 http 1_0 +80",
    "PUBLIC_URL": "'' /app a.b ftp://a.b https://u:hush@a.b https://a.b?x https://a.b/#/"
    " 'https://a b' https://a.b:443 http://a.b:80/x https://A.b https://a.b/\u00e9",
    "DEMO": "'' maybe demo",
    "WEB_CONCURRENCY": "0 257",
    "WEB_THREADS": "1 257",
    "METRICS_BIND": "on 9100 :9100 127.0.0.1 127.0.0.1: 127.0.0.1:0 127.0.0.1:65536 ::1:9100 h:9100/x H:1",
    "LOG_FORMAT": "xml",
    "LOG_LEVEL": "INFO trace",
}
UNSAFE = {
    "SECRET_KEY": f"{'x' * 40} {'12345678' * 5} {'changeme' * 5} {'Your-secret-key-' * 3}123",
    "BCRYPT_ROUNDS": "4 9",
    "RATE_LIMITS": "off",
    "MAIL_URL": "smtp://mail.example smtp://u:hush@localhost.example:587?starttls=0",
    "CORS_ORIGINS": "https://a.example,http://b.example http://localhost.example",
    "PUBLIC_URL": "http://a.example http://127.0.0.1.example/app",
}


def each_of(table: dict[str, str]) -> pytest.MarkDecorator:
    """Tell the story for every value of every setting in the table."""
    pairs = [(name, value) for name, values in table.items() for value in split(values)]
    return pytest.mark.parametrize(("name", "value"), pairs)


def test_production_starts_with_a_secret_key_and_nothing_else(read: Read, tmp_path: Path) -> None:
    config = read(SECRET_KEY=KEY)

    assert (config.is_production, config.secret_key, config.warnings) == (True, KEY, ())
    assert config.database_url == f"sqlite:///{tmp_path}/instance/latchkey.db"


@pytest.mark.parametrize("dotenv", ["", EXAMPLE], ids=["bare", "example"])
def test_production_needs_a_secret_key(read: Read, tmp_path: Path, dotenv: str) -> None:
    (tmp_path / ".env").write_text(dotenv)
    why = r"^SECRET_KEY: must .* or APP_ENV=development for this checkout's own data$"

    with pytest.raises(RefusedSetting, match=why):
        read()


@each_of(UNSAFE)
def test_production_refuses_what_is_unsafe_there_only(read: Read, name: str, value: str) -> None:
    read(**{"APP_ENV": "development", "SECRET_KEY": KEY, name: value})

    with pytest.raises(RefusedSetting, match=rf"^{name}: must be .* in production"):
        read(APP_ENV="production")


def test_production_allows_a_plain_http_lan_with_a_warning(read: Read) -> None:
    config = read(SECRET_KEY=KEY, COOKIE_SECURE="false", PUBLIC_URL="http://nas.lan:8000/app")

    assert config.public_origin == "http://nas.lan:8000"
    assert [each.partition(":")[0] for each in config.warnings] == ["COOKIE_SECURE"]


@pytest.mark.parametrize(("name", "values", "taken"), ACCEPTED)
def test_a_fit_setting_is_taken(read: Read, name: str, values: str, taken: object) -> None:
    field = name.lower().removesuffix("_seconds")
    read_as = {getattr(read(APP_ENV="development", SECRET_KEY=KEY, **{name: each}), field) for each in split(values)}

    assert read_as == {taken}


@each_of(REFUSED)
def test_an_unfit_setting_is_refused_by_name_in_one_line(read: Read, name: str, value: str) -> None:
    with pytest.raises(RefusedSetting) as refusal:
        read(**{"APP_ENV": "development", "SECRET_KEY": KEY, name: value})

    assert re.fullmatch(rf"{name}: must be .+", str(refusal.value))
    assert not re.search(rf"hush|tooshort|0123|Zt8v|{OLD}", str(refusal.value))


def test_production_verifies_addresses_only_if_mails_leave(read: Read) -> None:
    with pytest.raises(RefusedSetting, match=r"^REGISTRATION: must not be verified in production while MAIL_URL"):
        read(SECRET_KEY=KEY, REGISTRATION="verified")

    assert read(MAIL_URL="smtp://localhost").registration == "verified"


def test_the_way_out_shows_no_password(read: Read) -> None:
    route = read(SECRET_KEY=KEY, MAIL_URL="smtps://u:hush@h").mail_url

    assert (route.password, "hush" in repr(route)) == ("hush", False)


def test_the_public_url_follows_the_port(read: Read) -> None:
    assert read(SECRET_KEY=KEY, PORT="9000").public_url == "http://localhost:9000"


def test_the_demo_is_shown_in_development_only_unless_asked_for(read: Read) -> None:
    assert [read(SECRET_KEY=KEY, APP_ENV=each).demo for each in ("development", "production")] == [True, False]
    assert read(SECRET_KEY=KEY, APP_ENV="production", DEMO="on").demo is True


def test_postgresql_needs_its_driver(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(RefusedSetting, match=r"^DATABASE_URL: .*pip install latchkey\[postgres\]"):
        read(SECRET_KEY=KEY, DATABASE_URL="postgresql://u:hush@db/d")


def test_the_environment_wins_over_env_and_is_left_alone(read: Read, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SECRET_KEY={OLD}\nLOG_FORMAT=console\n")

    config = read(SECRET_KEY=KEY)

    assert (config.secret_key, config.log_format) == (KEY, "console")
    assert "LOG_FORMAT" not in os.environ


def test_an_unreadable_env_is_refused(read: Read, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    with pytest.raises(RefusedSetting, match=r"^\.env: must be a readable file"):
        read(SECRET_KEY=KEY)


def test_a_secret_may_come_from_a_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "old").write_text(f"{OLD}, {OLD}\n")

    config = read(SECRET_KEY=KEY, SECRET_KEY_FALLBACKS_FILE=f"{tmp_path}/old")

    assert config.secret_key_fallbacks == (OLD, OLD)


def test_a_secret_cannot_come_from_two_places(read: Read, tmp_path: Path) -> None:
    with pytest.raises(RefusedSetting, match=r"^SECRET_KEY: must be .* not both$"):
        read(SECRET_KEY=KEY, SECRET_KEY_FILE=f"{tmp_path}/key")


@pytest.mark.parametrize("path", ["absent", "noise", ".", "noise/x"])
def test_an_unreadable_secret_is_refused(read: Read, tmp_path: Path, path: str) -> None:
    (tmp_path / "noise").write_bytes(b"\xff" * 40)

    with pytest.raises(RefusedSetting, match=r"^SECRET_KEY_FILE: must name a readable file"):
        read(SECRET_KEY_FILE=f"{tmp_path}/{path}")


def test_secrets_are_not_shown(read: Read) -> None:
    config = read(SECRET_KEY=KEY, SECRET_KEY_FALLBACKS=OLD, DATABASE_URL="postgres://u:hush@h")

    assert not re.search(rf"{KEY}|{OLD}|hush", repr(config))


def test_the_example_has_every_setting_with_its_default(read: Read, tmp_path: Path) -> None:
    defaults = read(SECRET_KEY=KEY)
    (tmp_path / ".env").write_text(EXAMPLE.replace("SECRET_KEY=\n", f"SECRET_KEY={KEY}\n"))

    assert re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE) == list(REFUSED)
    assert read() == defaults


@pytest.mark.parametrize("address", ["127.0.0.1:9100", "[::1]:9100", "localhost:9100"])
def test_metrics_are_shown_where_they_are_asked_for(read: Read, address: str) -> None:
    config = read(SECRET_KEY=KEY, METRICS_BIND=address)

    assert (config.metrics_address[1], config.warnings, read().metrics_bind) == (9100, (), address)


def test_metrics_are_never_on_the_public_port(read: Read) -> None:
    with pytest.raises(RefusedSetting, match=r"^METRICS_BIND: must be on another port than PORT"):
        read(SECRET_KEY=KEY, METRICS_BIND="127.0.0.1:8000", HOST="10.0.0.1")


def test_metrics_for_whoever_asks_are_allowed_with_a_warning(read: Read) -> None:
    (warning,) = read(SECRET_KEY=KEY, METRICS_BIND="0.0.0.0:9100").warnings

    assert warning.startswith("METRICS_BIND: ")
