"""Structured log lines on standard error, each with the request id and who is signed in."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from app.kit.tracing import traces
from config import Config


def init_app(config: Config) -> None:
    """Log from `LOG_LEVEL` up, as JSON or for a console."""
    json = config.log_format == "json"
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            _add_traces,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[config.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _add_traces(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**traces(), **event}
