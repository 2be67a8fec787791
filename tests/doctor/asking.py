"""Asking the doctor about one thing, or about a deployment with other settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from app.doctor import service as doctor
from app.doctor.models import Severity
from app.kit import settings
from config import Config

WELL_SET: dict[str, Any] = {
    "app_env": "production",
    "bcrypt_rounds": 12,
    "rate_limits": True,
    "log_level": "error",
    "public_url": "https://app.latchkey.example",
    "trusted_proxies": 1,
    "registration": "closed",
    "password_min_length": 15,
}


def about(app: Flask, check: str) -> dict[str, Severity]:
    """What one check finds: the ids, and how bad each is."""
    (asked,) = (each for each in doctor.CHECKS if each.id == check)
    return {each.id: each.severity for each in doctor.asked(app, asked)}


@contextmanager
def set_to(app: Flask, config: Config, **changes: Any) -> Iterator[Flask]:
    """The application with other settings, until the block ends; what it has opened stays as it was."""
    settings.init_app(app, replace(config, **(WELL_SET | changes)))
    try:
        yield app
    finally:
        settings.init_app(app, config)
