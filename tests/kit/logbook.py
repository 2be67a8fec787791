"""The log, for what no answer may tell."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO

import structlog


@contextmanager
def logbook() -> Iterator[StringIO]:
    """What applications made inside the block write to their log."""
    before = structlog.get_config()
    try:
        with redirect_stderr(StringIO()) as stream:
            yield stream
    finally:
        structlog.configure(**before)
