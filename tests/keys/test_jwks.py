from threading import Event

import jwt
import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.keys import ring as ring_module
from tests.cast import Browser, Service
from tests.conftest import MakeApp
from tests.keys.conftest import Keys, active
from tests.patience import PATIENCE

PUBLIC = {
    "ES256": {"kty", "crv", "x", "y", "use", "alg", "kid"},
    "EdDSA": {"kty", "crv", "x", "use", "alg", "kid"},
    "PS256": {"kty", "n", "e", "use", "alg", "kid"},
    "RS512": {"kty", "n", "e", "use", "alg", "kid"},
}
JWKS = "/.well-known/jwks.json"


def test_symmetric_keys_are_never_shown(stranger: Browser, keys: Keys) -> None:
    assert stranger.get(JWKS).get_json() == {"keys": []}
    keys("generate", "--algorithm", "HS512")

    assert stranger.get(JWKS).get_json() == {"keys": []}


@pytest.mark.parametrize("algorithm", PUBLIC)
def test_only_public_members_are_shown(stranger: Browser, keys: Keys, algorithm: str) -> None:
    keys("generate", "--algorithm", algorithm)
    keys("rotate", "--now")

    (shown,) = stranger.get(JWKS).get_json()["keys"]

    assert shown.keys() == PUBLIC[algorithm]
    assert (shown["use"], shown["alg"], shown["kid"]) == ("sig", algorithm, active(keys))


def test_the_next_key_is_published_before_it_signs(keys: Keys, make_app: MakeApp) -> None:
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")
    (upcoming,) = keys("generate", "--algorithm", "EdDSA", "--json")["items"]

    shown = Browser(make_app()).get(JWKS).get_json()["keys"]

    assert upcoming["kid"] in {key["kid"] for key in shown}
    assert active(keys) in {key["kid"] for key in shown}


def test_a_token_is_verified_by_what_is_shown(stranger: Browser, keys: Keys, robot: Service) -> None:
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")
    robot.log_in()

    shown = jwt.PyJWKSet.from_dict(stranger.get(JWKS).get_json())
    key = shown[jwt.get_unverified_header(robot.access_token)["kid"]]

    claims = jwt.decode(robot.access_token, key, algorithms=["ES256"], audience="latchkey-api", issuer="latchkey")
    assert claims["type"] == "access"


def test_the_jwks_may_be_cached_and_asked_for_again(stranger: Browser) -> None:
    first = stranger.get(JWKS)

    again = stranger.get(JWKS, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.data) == (304, b"")


def test_the_jwks_is_shown_from_memory_while_the_database_is_away(
    stranger: Browser, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys("generate", "--algorithm", "ES256")
    keys("rotate", "--now")
    before, asked = stranger.get(JWKS).get_json(), Event()

    def away() -> None:
        asked.set()
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(ring_module, "stored_version", away)
    with app.app_context():
        ring_module.holder().checked_at = None

    assert stranger.get(JWKS).get_json() == before
    assert asked.wait(PATIENCE)
