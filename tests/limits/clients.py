"""Clients with an address of their own."""

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import API, ORIGIN, PASSWORD

WRONG = "not the password of anybody"


def ask(app: Flask, path: str, body: dict[str, Any] | None, *, peer: str, **headers: str) -> TestResponse:
    """What a client without cookies is answered that calls from there."""
    client = app.test_client(use_cookies=False)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(API + path, json=body, base_url=ORIGIN, headers=sent, environ_overrides={"REMOTE_ADDR": peer})


def sign_in(
    app: Flask, email: str, password: str = PASSWORD, *, peer: str, path: str = "/auth/login", **headers: str
) -> TestResponse:
    """Try to sign in from there."""
    return ask(app, path, {"email": email, "password": password}, peer=peer, **headers)


def statuses(answers: list[TestResponse]) -> list[int]:
    """The status of each."""
    return [answer.status_code for answer in answers]
