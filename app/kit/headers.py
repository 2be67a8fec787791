"""The headers that every answer carries."""

import re

from flask import Flask, Response, request
from flask_cors import CORS

from app.kit.tracing import HEADER as REQUEST_ID
from app.kit.tracing import request_id
from config import Config

API_ONLY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000"
EXPOSED = ["X-CSRF-Access", "X-CSRF-Refresh", REQUEST_ID, "Retry-After", "Link", "Location"]
ALLOWED = ["Authorization", "Content-Type", "X-CSRF-TOKEN", REQUEST_ID]


def init_app(app: Flask, config: Config) -> None:
    """Put the house's headers on every answer, and CORS on those that listed origins ask for."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        _add_missing(response)
        if config.cookie_secure and request.is_secure:
            response.headers["Strict-Transport-Security"] = HSTS
        if config.cors_origins:
            response.vary.add("Origin")  # also without one: a cache must not hand this answer to a listed origin
        response.headers.add(REQUEST_ID, request_id())
        return response

    if config.cors_origins:
        CORS(
            app,
            origins=[re.compile(re.escape(origin) + r"\Z") for origin in config.cors_origins],
            supports_credentials=True,
            always_send=False,
            expose_headers=EXPOSED,
            allow_headers=ALLOWED,
            methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            max_age=600,
        )


def _add_missing(response: Response) -> None:
    """Add what the view has not said itself, looking through its headers once, not for each as `setdefault` does."""
    said = {name.lower() for name, _ in response.headers}
    for name, value in API_ONLY.items():
        if name.lower() not in said:
            response.headers.add(name, value)
