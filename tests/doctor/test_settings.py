"""What the settings say: each fault, and that it is gone where all is well set."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import create_app
from config import Config
from environment import Rate, mail_route
from tests.conftest import configured
from tests.doctor.asking import about, set_to

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEVELOPMENT: dict[str, Any] = {"app_env": "development"}
SMTPS = mail_route("smtps://mail.example")
HERE = "http://localhost:8000"
EVERYWHERE = "0.0.0.0"  # noqa: S104  as a container says
FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("warning", "settings.development", DEVELOPMENT),
    ("warning", "settings.development", DEVELOPMENT | {"public_url": HERE, "host": EVERYWHERE}),
    ("warning", "settings.secret_key", DEVELOPMENT | {"secret_key": "x" * 40}),
    ("warning", "settings.secret_key_fallbacks", DEVELOPMENT | {"secret_key_fallbacks": ("y" * 40,)}),
    ("warning", "settings.bcrypt_rounds", DEVELOPMENT | {"bcrypt_rounds": 4}),
    ("warning", "settings.rate_limits", DEVELOPMENT | {"rate_limits": False}),
    ("warning", "settings.cors_origins", DEVELOPMENT | {"cors_origins": ("http://a.example",)}),
    ("warning", "cookies.insecure", {"cookie_secure": False, "public_url": "http://nas.lan"}),
    ("warning", "cookies.contradiction", {"cookie_secure": False}),
    ("warning", "public_url.local", {"public_url": HERE, "mail_url": SMTPS}),
    ("warning", "origins.local", {"cors_origins": ("http://localhost:3000",)}),
    ("note", "origins.foreign", {"cors_origins": ("https://app.elsewhere.example",)}),
    ("warning", "proxies.none", {"trusted_proxies": 0}),
    ("note", "proxies.passable", {"host": EVERYWHERE}),
    ("warning", "registration.unproven", {"registration": "open"}),
    ("note", "registration.open", {"registration": "open", "mail_url": SMTPS}),
    ("warning", "exposure.demo", {"demo": True}),
    ("warning", "exposure.debug", {"log_level": "debug"}),
    ("warning", "limits.login_limit", {"login_limit": Rate(1_000_000, MINUTE)}),
    ("warning", "limits.register_limit", {"register_limit": Rate(1001, HOUR)}),
    ("warning", "limits.mail_limit", {"mail_limit": Rate(101, HOUR)}),
    ("note", "lifetimes.access_token_ttl", {"access_token_ttl": 2 * HOUR}),
    ("note", "lifetimes.session_ttl", {"session_ttl": 91 * DAY}),
    ("note", "lifetimes.fresh_ttl", {"fresh_ttl": 2 * HOUR}),
    ("note", "lifetimes.replay", {"refresh_replay": timedelta()}),
    ("note", "passwords.short", {"password_min_length": 8}),
    ("note", "metrics.exposed", {"metrics_bind": "0.0.0.0:9100"}),
    ("note", "metrics.exposed", {"metrics_bind": "[::]:9100"}),
    ("note", "metrics.exposed", {"metrics_bind": "8.8.8.8:9100"}),
    ("note", "workers.many", {"web_concurrency": 256}),
    ("warning", "hashing.cheap", DEVELOPMENT | {"bcrypt_rounds": 4}),
    ("warning", "hashing.dear", {"bcrypt_rounds": 16}),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Settings with an own file for a database."""
    root = tmp_path_factory.mktemp("doctor")
    return configured(root, database_url=f"sqlite:///{root / 'own.db'}")


@pytest.fixture(scope="module")
def bare(base: Config) -> Flask:
    """The application, with nothing stored."""
    return create_app(base)


@pytest.mark.parametrize(
    ("severity", "fault", "changes"), FAULTS, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_fault_in_the_settings_is_found(
    bare: Flask, base: Config, severity: str, fault: str, changes: dict[str, Any]
) -> None:
    check = fault.partition(".")[0]
    with set_to(bare, base, web_concurrency=2):
        well = about(bare, check)

    with set_to(bare, base, **changes):
        assert about(bare, check).get(fault) == severity
    assert fault not in well


def test_nothing_is_said_of_settings_that_are_well(bare: Flask, base: Config) -> None:
    checks = {fault.partition(".")[0] for _, fault, _ in FAULTS} - {"hashing"}  # which is for the machine to say

    with set_to(bare, base, web_concurrency=2):
        assert {check: about(bare, check) for check in checks} == {check: {} for check in checks}


def test_development_on_ones_own_machine_is_left_alone(bare: Flask, base: Config) -> None:
    with set_to(bare, base, app_env="development", public_url=HERE):
        assert about(bare, "settings") == {}
