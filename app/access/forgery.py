"""Cross-site request forgery: where an unsafe request may come from, and what it must prove (double submit)."""

import re
from urllib.parse import urlsplit

from flask import request

from app.access.problems import CsrfFailed
from app.kit.secrets import equal
from app.kit.settings import settings

HEADER = "X-CSRF-TOKEN"
ORIGIN = re.compile(r"https?://[^/?#@\\\s]+", re.IGNORECASE)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def check_origin() -> None:
    """Let the request pass if a page of ours or a listed one sent it, or no browser at all.

    Raises:
        CsrfFailed: an `Origin` that is not expected, or `Sec-Fetch-Site: cross-site` without an expected one.
    """
    origin = request.headers.get("Origin")
    cross_site = request.headers.get("Sec-Fetch-Site", "").strip().lower() == "cross-site"
    if origin is None and not cross_site:
        return
    expected = _expected_origins()
    if origin is None or not ORIGIN.fullmatch(origin) or _plain(origin) not in expected:
        raise CsrfFailed("Requests are expected from " + ", ".join(sorted(expected)) + ".")


def check_token(expected: set[str]) -> None:
    """Let the request pass if its `X-CSRF-TOKEN` says one of the expected values.

    Raises:
        CsrfFailed: it is missing or says something else.
    """
    sent = request.headers.get(HEADER, "")
    if not sent or not any([equal(sent, each) for each in expected]):  # noqa: C419  a list: all are compared, whichever fits
        raise CsrfFailed(f"Send the value of the readable CSRF cookie in {HEADER}.")


def _expected_origins() -> set[str]:
    config = settings()
    return {_plain(request.host_url), config.public_origin, *config.cors_origins}


def _plain(url: str) -> str:
    """Scheme and host, lower-case, without the scheme's own port (RFC 6454)."""
    try:
        parts = urlsplit(url.lower())
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.removesuffix(DEFAULT_PORTS.get(parts.scheme, '-'))}"
