"""What we have Flask-JWT-Extended verify by one reading is what its public door verifies by three."""

from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from flask import Flask
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from app.auth import verification
from app.auth.verification import BadToken
from app.keys.ring import ring
from tests.auth.forging import ABSENT, forged, tampered
from tests.cast import Service

FAR = 4_000_000_000
CLAIMS: dict[str, tuple[Mapping[str, Any], bool]] = {
    "in order": ({}, True),
    "expired, which we judge ourselves": ({"exp": 1}, True),
    "of no type, which we judge ourselves": ({"type": ABSENT}, True),
    "not begun": ({"nbf": FAR}, False),
    "issued later": ({"iat": FAR}, False),
    "issued who knows when": ({"iat": "then"}, False),
    "of another issuer": ({"iss": "https://elsewhere.example"}, False),
    "of no issuer": ({"iss": ABSENT}, False),
    "for somebody else": ({"aud": "elsewhere"}, False),
    "for nobody": ({"aud": ABSENT}, False),
    "of no user": ({"sub": ABSENT}, False),
    "of a user that is no text": ({"sub": 1}, False),
}


def passes(check: Callable[[], object]) -> bool:
    """Whether nothing is said against the token."""
    try:
        check()
    except (jwt.PyJWTError, JWTExtendedException, BadToken):
        return False
    return True


def both(app: Flask, token: str) -> list[bool]:
    """Whether it passes with us, and at the public door."""
    with app.app_context():
        key = ring().active()
        return [
            passes(lambda: verification._check(token, key)),
            passes(lambda: decode_token(token, allow_expired=True)),
        ]


@pytest.mark.parametrize(("claims", "fine"), CLAIMS.values(), ids=CLAIMS)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_claims_are_judged_as_by_decode_token(
    robot: Service, kind: str, claims: Mapping[str, Any], *, fine: bool
) -> None:
    token = robot.access_token if kind == "access" else robot.refresh_token

    assert both(robot.app, forged(robot.app, token, claims=claims)) == [fine, fine]


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512", "ES256", "hs256", "", 1])
def test_only_the_algorithm_of_the_key_counts(robot: Service, algorithm: object) -> None:
    token = forged(robot.app, robot.refresh_token, header={"alg": algorithm})

    assert both(robot.app, token) == [False, False]


def test_a_signature_counts(robot: Service) -> None:
    head, claims, _ = robot.refresh_token.split(".")
    spoilt = [tampered(robot.refresh_token, {"exp": FAR}), f"{head}.{claims}.", f"{head}.{claims}"]

    assert [both(robot.app, each) for each in spoilt] == [[False, False]] * 3
