"""Which keys verify: those of the present secret and of older ones, of any algorithm, but no others."""

from typing import Any

import pytest
from flask import Flask

from app.keys import service as keys
from tests.auth.forging import header_of
from tests.cast import PASSWORD, Browser, Service, code
from tests.conftest import SECRET, MakeApp

NEWER = "a newer secret, of at least 32 bytes"
FAMILY = ["HS256", "HS384", "HS512"]


def visit(app: Flask, robot: Service) -> Service:
    """The robot with its tokens, at another deployment."""
    robot.app, robot.client = app, app.test_client()
    return robot


@pytest.mark.parametrize("algorithm", FAMILY)
def test_tokens_are_signed_by_the_configured_algorithm(robot: Service, make_app: MakeApp, algorithm: str) -> None:
    visit(make_app(jwt_algorithm=algorithm), robot).log_in()

    assert header_of(robot.access_token)["alg"] == header_of(robot.refresh_token)["alg"] == algorithm
    assert (robot.get("/me").status_code, robot.refresh().status_code) == (200, 200)


@pytest.mark.parametrize("algorithm", FAMILY[1:])
def test_a_change_of_algorithm_logs_nobody_out(robot: Service, make_app: MakeApp, algorithm: str) -> None:
    visit(make_app(jwt_algorithm=algorithm), robot)

    assert robot.get("/me").status_code == 200
    renewed = robot.keep(robot.refresh())
    assert header_of(renewed.refresh_token)["alg"] == algorithm


def test_tokens_of_an_older_secret_live_on(robot: Service, make_app: MakeApp) -> None:
    visit(make_app(secret_key=NEWER, secret_key_fallbacks=(SECRET,)), robot)

    old = header_of(robot.access_token)["kid"]
    assert robot.get("/me").status_code == 200
    renewed = robot.keep(robot.refresh())
    assert header_of(renewed.access_token)["kid"] != old
    assert robot.get("/me").status_code == 200


def test_cookies_of_an_older_secret_live_on_with_their_csrf_values(alice: Browser, make_app: MakeApp) -> None:
    app = make_app(secret_key=NEWER, secret_key_fallbacks=(SECRET,))
    values = {name: str(alice.cookie(name)) for name in ("access_token", "csrf_access_token")}
    later = Browser(app, alice.email)
    for name, value in values.items():
        later.set_cookie(name, value)

    answer = later.post("/auth/step-up", json={"password": PASSWORD})

    assert answer.status_code == 200
    assert later.patch("/me", json={"name": "Al"}).status_code == 200


def test_tokens_of_a_secret_that_is_gone_are_dead(robot: Service, make_app: MakeApp) -> None:
    visit(make_app(secret_key=NEWER), robot)

    found = [code(robot.get("/me")), code(robot.refresh())]

    assert found == [(401, "token_invalid"), (401, "refresh_invalid")]


@pytest.mark.parametrize("changes", [{"jwt_issuer": "other"}, {"jwt_audience": "other"}])
def test_tokens_for_another_issuer_or_audience_are_dead(
    robot: Service, make_app: MakeApp, changes: dict[str, Any]
) -> None:
    visit(make_app(**changes), robot)

    found = [code(robot.get("/me")), code(robot.refresh())]

    assert found == [(401, "token_invalid"), (401, "refresh_invalid")]


def test_every_secret_and_algorithm_has_a_key_of_its_own(make_app: MakeApp) -> None:
    apps = [make_app(secret_key=secret, jwt_algorithm=algorithm) for secret in (SECRET, NEWER) for algorithm in FAMILY]

    found = []
    for app in apps:
        with app.app_context():
            found.append(keys.active())

    assert len({key.kid for key in found}) == len({key.material for key in found}) == len(apps)
    assert min(len(key.material) for key in found) >= 64


def test_a_key_does_not_show_its_material(app: Flask) -> None:
    with app.app_context():
        key = keys.active()

    assert repr(key) == f"SigningKey(kid={key.kid!r}, algorithm='HS256')"
