"""The `Date` of an answer, put in words once a second instead of for each."""

from email.utils import formatdate
from functools import lru_cache
from time import time  # noqa: TID251  the application's clock is not gunicorn's


@lru_cache(maxsize=1)
def _in_words(second: int) -> str:
    return formatdate(second, usegmt=True)


def http_date(timestamp: float | None = None) -> str:
    """This moment, or that one, as HTTP has it (RFC 9110, section 5.6.7); in place of gunicorn's own."""
    return _in_words(int(time() if timestamp is None else timestamp))
