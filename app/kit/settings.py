"""The one door to the settings of the running application."""

from typing import cast

from flask import Flask, current_app

from config import Config

EXTENSION = "latchkey-config"


def init_app(app: Flask, config: Config) -> None:
    """Give the application its settings, for good."""
    app.extensions[EXTENSION] = config


def settings() -> Config:
    """The settings of the application that is running."""
    return cast("Config", current_app.extensions[EXTENSION])
