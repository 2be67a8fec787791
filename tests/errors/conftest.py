"""Who makes the mistakes."""

import pytest
from flask import Flask

from tests.cast import Browser, Service


@pytest.fixture
def steward(app: Flask, admin: Browser) -> Service:
    """A program that may do everything: nothing but its mistakes stands in its way."""
    return Service(app, admin.email).log_in()
