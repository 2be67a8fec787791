"""The headers that every answer carries."""

import re
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
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
NAMES = [name.lower() for name in API_ONLY]
HSTS = ("Strict-Transport-Security", "max-age=31536000")
TO_MEND = {"location", "content-location"}
EXPOSED = ["X-CSRF-Access", "X-CSRF-Refresh", REQUEST_ID, "Retry-After", "Link", "Location"]
ALLOWED = ["Authorization", "Content-Type", "X-CSRF-TOKEN", REQUEST_ID]


class Answer(Response):
    """Flask's response; as it leaves, the house's headers are put beside those that the view has said itself.

    Here headers are a plain list: to add each to werkzeug's, and to copy them all, cost a twentieth of a request.
    """

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Any, str, list[tuple[str, str]]]:
        """Body, status and headers as WSGI has them."""
        said = {name.lower() for name, _ in self.headers}
        if self.status_code == HTTPStatus.OK and "content-length" in said and said.isdisjoint(TO_MEND):
            headers = list(self.headers)
        else:
            headers = self.get_wsgi_headers(environ).to_wsgi_list()
        headers += [each for name, each in zip(NAMES, API_ONLY.items(), strict=True) if name not in said]
        headers.append((REQUEST_ID, request_id()))
        return self.get_app_iter(environ), self.status, headers


class SecureAnswer(Answer):
    """The same for whoever is served by https alone."""

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Any, str, list[tuple[str, str]]]:
        """Body, status and headers as WSGI has them."""
        body, status, headers = super().get_wsgi_response(environ)
        return body, status, [*headers, HSTS] if environ["wsgi.url_scheme"] == "https" else headers


def init_app(app: Flask, config: Config) -> None:
    """Put the house's headers on every answer, and CORS on those that listed origins ask for."""
    app.response_class = SecureAnswer if config.cookie_secure else Answer
    if not config.cors_origins:
        return

    @app.after_request
    def vary(response: Response) -> Response:
        response.vary.add("Origin")  # also without one: a cache must not hand this answer to a listed origin
        return response

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
