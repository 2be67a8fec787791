"""What production does not start with: each setting that is unsafe there, refused by its name."""

import re
from pathlib import Path

import pytest

from config import RefusedSetting
from tests.conftest import Read
from tests.live.server import clean_environment, copied_checkout, run

KEY = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"
OLD = "nB3xV8kqW1zTt5Lr0YcJd7RfHm4GsUe9PoAi6MQ2"
JWT_IO = "a-string-secret-at-least-256-bits-long"
FLASK_DOCS = "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"
LIVE = {
    "a published secret": "gunicorn",
    "guesses without a limit": "gunicorn",
    "an origin that anybody can be": "flask doctor",
    "tracebacks for everybody": "flask doctor --json",
}
UNSAFE = {
    "no secret": {"SECRET_KEY": ""},
    "a short secret": {"SECRET_KEY": KEY[:31]},
    "a placeholder": {"SECRET_KEY": "changeme-" * 5},
    "a published secret": {"SECRET_KEY": JWT_IO},
    "another published secret": {"SECRET_KEY": FLASK_DOCS},
    "a repeated secret": {"SECRET_KEY": "Zt8vQ2mXw5Rk" * 4},
    "a row of neighbours": {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"},
    "a secret that opens the database too": {"SECRET_KEY": KEY, "DATABASE_URL": f"postgresql://u:{KEY}@127.0.0.1/d"},
    "a secret that opens the mail server too": {"SECRET_KEY": KEY, "MAIL_URL": f"smtps://u:{KEY}@a.example"},
    "two secrets of which one wins": {"SECRET_KEY": KEY, "SECRET_KEY_FILE": "/nowhere"},
    "a secret that is not there": {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"},
    "a short old secret": {"SECRET_KEY_FALLBACKS": f"{OLD},tooshort"},
    "an old secret that can be guessed": {"SECRET_KEY_FALLBACKS": f"{OLD},{JWT_IO}"},
    "a change of secret that changed nothing": {"SECRET_KEY_FALLBACKS": f"{OLD},{KEY}"},
    "a kind of deployment that is none": {"APP_ENV": "prod"},
    "tracebacks for everybody": {"FLASK_DEBUG": "1"},
    "TLS that is written down": {"SSLKEYLOGFILE": "/nowhere"},
    "a database that forgets": {"DATABASE_URL": "sqlite:///:memory:"},
    "a database in the clear": {"DATABASE_URL": "postgresql://u:hush@db.example/d?sslmode=disable"},
    "a database in the clear, given the choice": {
        "DATABASE_URL": "postgresql://u:hush@/d?host=db.example&sslmode=allow"
    },
    "a database that opens for its own name": {"DATABASE_URL": "postgresql://latchkey:latchkey@db.example/d"},
    "a database that opens for everybody": {"DATABASE_URL": "postgresql://u:postgres@8.8.8.8/d"},
    "Redis in the clear": {"REDIS_URL": "redis://:hush@redis.example:6379/0"},
    "any Redis at all": {"REDIS_URL": "rediss://redis.example?ssl_cert_reqs=none"},
    "Redis by any name": {"REDIS_URL": "rediss://redis.example?ssl_check_hostname=False"},
    "unsigned tokens": {"JWT_ALGORITHM": "none"},
    "an access token for longer than a day": {"ACCESS_TOKEN_TTL": "25h"},
    "a refresh token for years": {"REFRESH_TOKEN_TTL": "3650d"},
    "a session for years": {"SESSION_TTL": "401d"},
    "a proof of password for weeks": {"FRESH_TTL": "25h"},
    "a replay window for minutes": {"REFRESH_REPLAY_SECONDS": "300"},
    "every origin": {"CORS_ORIGINS": "*"},
    "the origin of files and sandboxes": {"CORS_ORIGINS": "null"},
    "every origin below a name": {"CORS_ORIGINS": "https://*.a.example"},
    "an origin that anybody can be": {"CORS_ORIGINS": "http://a.example"},
    "an origin with a password": {"CORS_ORIGINS": "https://u:hush@a.example"},
    "a page that anybody on the way rewrites": {"PUBLIC_URL": "http://a.example"},
    "more proxies than anybody has": {"TRUSTED_PROXIES": "255"},
    "cheap hashes": {"BCRYPT_ROUNDS": "9"},
    "short passwords": {"PASSWORD_MIN_LENGTH": "6"},
    "guesses without a limit": {"RATE_LIMITS": "off"},
    "guesses without a window": {"LOGIN_LIMIT": "off"},
    "mailed tokens in the clear": {"MAIL_URL": "smtp://mail.example"},
    "a password for mails in the clear": {"MAIL_URL": "smtp://u:hush@mail.example:587?starttls=0"},
    "mails with an option that nobody knows": {"MAIL_URL": "smtps://mail.example?verify=0"},
    "mails with another header": {"MAIL_URL": "smtps://mail.example?from=a@b%0d%0aBcc:x@c"},
    "a proof by mails that nobody gets": {"REGISTRATION": "verified", "MAIL_URL": "console:"},
    "a host that is none": {"HOST": "0.0.0.0:8000"},
}


@pytest.mark.parametrize("case", UNSAFE)
def test_production_refuses_an_unsafe_setting_by_its_name(read: Read, case: str) -> None:
    with pytest.raises(RefusedSetting) as refusal:
        read(**{"APP_ENV": "production", "SECRET_KEY": KEY, **UNSAFE[case]})

    assert_names_the_setting(str(refusal.value), case)


def assert_names_the_setting(said: str, case: str) -> None:
    """One line that begins with one of the settings of the case, and quotes none of its values."""
    names = "|".join(rf"{name}(_FILE)?" for name in UNSAFE[case])
    assert re.fullmatch(rf"({names}): must (not )?be .+|SECRET_KEY_FILE: must name .+", said), said
    assert not re.search(rf"hush|{KEY}|{OLD}|{JWT_IO}|example", said), said


def test_many_settings_are_refused_and_all_of_them_are_settings_of_their_own() -> None:
    cases = [tuple(each.items()) for each in UNSAFE.values()]

    assert len(set(cases)) == len(cases) >= 25
    assert len({next(iter(each)) for each in UNSAFE.values()}) >= 20


@pytest.mark.parametrize(("case", "program"), LIVE.items())
def test_no_program_starts_in_production_with_an_unsafe_setting(tmp_path: Path, program: str, case: str) -> None:
    root = copied_checkout(tmp_path)

    refused = run(root, clean_environment(APP_ENV="production", SECRET_KEY=KEY) | UNSAFE[case], *program.split())

    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert_names_the_setting(line, case)


@pytest.mark.parametrize("name", ["SECRET_KEY_FILE", ".env"])
def test_production_refuses_what_everybody_on_the_machine_may_write(read: Read, tmp_path: Path, name: str) -> None:
    file = tmp_path / ("key" if name == "SECRET_KEY_FILE" else name)
    file.write_text(KEY if name == "SECRET_KEY_FILE" else f"SECRET_KEY={KEY}\n")
    settings = {"SECRET_KEY_FILE": str(file)} if name == "SECRET_KEY_FILE" else {}
    file.chmod(0o664)
    assert read(**settings).secret_key == KEY

    file.chmod(0o666)

    with pytest.raises(RefusedSetting, match=rf"^{re.escape(name)}: must be a file in production"):
        read(**settings)
    assert read(**settings, APP_ENV="development").secret_key == KEY


ORDINARY = [
    {},
    {"COOKIE_SECURE": "false", "CORS_ORIGINS": "https://a.example", "PUBLIC_URL": "http://nas.lan"},
    {"LOGIN_LIMIT": "1000000/second", "REFRESH_LIMIT": "999999999/minute"},
    {"DATABASE_URL": "postgresql://test:test@127.0.0.1/test?sslmode=disable"},
    {"DATABASE_URL": "postgresql://latchkey:latchkey@postgres/latchkey?sslmode=disable"},
    {"DATABASE_URL": "postgresql://u:hush@db.example/d?sslmode=verify-full"},
    {"DATABASE_URL": "postgresql:///d?host=/run/postgresql"},
    {"REDIS_URL": "redis://:hush@10.0.0.7:6379/0"},
    {"REDIS_URL": "rediss://:hush@redis.example"},
    {"MAIL_URL": "smtp://u:hush@mail.example:587?starttls=1", "REGISTRATION": "verified"},
    {"ACCESS_TOKEN_TTL": "2s", "REFRESH_TOKEN_TTL": "4s", "SESSION_TTL": "6s", "FRESH_TTL": "1h"},
    {"HOST": "0.0.0.0", "TRUSTED_PROXIES": "2", "DEMO": "on", "LOG_LEVEL": "debug"},  # noqa: S104  as a container does
    {"FLASK_DEBUG": "0", "SECRET_KEY_FALLBACKS": OLD},
]


@pytest.mark.parametrize("settings", ORDINARY, ids=lambda each: " ".join(each) or "nothing else")
def test_production_starts_with_what_an_ordinary_deployment_says(read: Read, settings: dict[str, str]) -> None:
    assert read(SECRET_KEY=KEY, **settings).is_production
