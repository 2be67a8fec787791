"""Structured log lines on standard error, each with the request id and who is signed in; libraries' warnings too."""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from app.kit import redaction
from app.kit.redaction import redacted
from app.kit.streams import STDERR
from app.kit.tracing import traces
from config import Config

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def init_app(config: Config) -> None:
    """Log from `LOG_LEVEL` up, as JSON or for a console."""
    redaction.init_app(config)
    json = config.log_format == "json"
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            _add_traces,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
            _clean,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[config.log_level.upper()]),
        logger_factory=lambda *_: _Written(),
    )
    root = logging.getLogger()
    if not any(isinstance(each, _FromLibraries) for each in root.handlers):
        root.addHandler(_FromLibraries(logging.WARNING))


class _Written:
    """Where structlog's lines go, of whatever level."""

    def msg(self, line: str) -> None:
        """Write the line, or lose it."""
        STDERR.write(line)

    debug = info = warning = error = critical = msg


class _FromLibraries(logging.Handler):
    """What libraries say by `logging`, in our form; below warnings they might say what nobody should read."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as we would."""
        try:
            said = record.getMessage()
            structlog.get_logger().log(record.levelno, said, logger=record.name, exc_info=record.exc_info or None)
        except Exception:  # noqa: BLE001  no library shall fail for what it says
            self.handleError(record)


def _add_traces(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**traces(), **event}


def _clean(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """The line as it may be written: nothing in it opens anything or moves a terminal's cursor."""
    return CONTROL.sub(lambda found: ascii(found[0])[1:-1], redacted(str(line)))
