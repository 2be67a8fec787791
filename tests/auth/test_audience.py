"""Which deployment a token is for."""

from typing import Any

import pytest
from flask import Flask

from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import SECRET, MakeApp

NEWER = "a newer secret, of at least 32 bytes"


def visit(app: Flask, robot: Service) -> Service:
    """The robot with its tokens, at another deployment."""
    robot.app, robot.client = app, app.test_client()
    return robot


def test_cookies_of_an_older_secret_live_on_with_their_csrf_values(alice: Browser, make_app: MakeApp) -> None:
    app = make_app(secret_key=NEWER, secret_key_fallbacks=(SECRET,))
    values = {name: str(alice.cookie(name)) for name in ("access_token", "csrf_access_token")}
    later = Browser(app, alice.email)
    for name, value in values.items():
        later.set_cookie(name, value)

    answer = later.post("/auth/step-up", json={"password": PASSWORD})

    assert answer.status_code == 200
    assert later.patch("/me", json={"name": "Al"}).status_code == 200


@pytest.mark.parametrize("changes", [{"jwt_issuer": "other"}, {"jwt_audience": "other"}])
def test_tokens_for_another_issuer_or_audience_are_dead(
    robot: Service, make_app: MakeApp, changes: dict[str, Any]
) -> None:
    visit(make_app(**changes), robot)

    found = [code(robot.get("/me")), code(robot.refresh())]

    assert found == [(401, "token_invalid"), (401, "refresh_invalid")]
