"""The log, for what no answer may tell."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO

import structlog


@contextmanager
def as_before() -> Iterator[None]:
    """After the block the log is as it was before, whatever applications were made inside."""
    before = structlog.get_config()
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def logbook() -> Iterator[StringIO]:
    """What applications made inside the block write to their log."""
    with as_before(), redirect_stderr(StringIO()) as stream:
        yield stream
