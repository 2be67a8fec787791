"""One strict verification: the real key signs, one claim is wrong, and the token is worth nothing."""

import json

import pytest
from flask import Flask

from app.kit.secrets import random_id
from tests.auth.forging import ABSENT, bearer, claims_of, forged, header_of, signed
from tests.cast import Service, code

NEVER: tuple[object, ...] = (ABSENT, None, True, [], ["latchkey"], {}, 1.5, "")
OF_BOTH: dict[str, tuple[object, ...]] = {
    "iss": ("someone", "Latchkey", "latchkey ", 1, ["latchkey"]),
    "aud": ("someone", ["latchkey-api"], ["latchkey-api", "other"], 1),
    "sub": (1, "alice", "ALICE@example.com", "not-a-uuid", "0" * 32, "{01890a5d-ac96-774b-bcce-b302099a8057}"),
    "sid": (1, "session", "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057"),
    "jti": (1, "short", "x" * 21, "\u00fc" * 32, "x" * 30 + "\x00\x00", " " * 32, "x" * 65),
    "type": ("Access", "ACCESS", "refresh ", "id", 1),
    "iat": ("1", "2026-01-01", 0, -1, 2**62, 1e9, False),
    "nbf": ("1", "2026-01-01", 0, -1, 2**62, 1e9, False),
    "exp": ("1", "2026-01-01", 0, -1, 2**62, 1e9, False, 10**400),
}
OF_ACCESS: dict[str, tuple[object, ...]] = {
    "fresh": ("1", 0, -1, 2**62, False),
    "roles": ("admin", 1, [1], [None], [["user"]], {"admin": 1}),
}
BY_NAME = {
    "access": [*OF_BOTH.items(), *OF_ACCESS.items()],
    "refresh": list(OF_BOTH.items()),
}
CASES = [(kind, name, values) for kind, names in BY_NAME.items() for name, values in names]


def knock(robot: Service, kind: str, token: str) -> tuple[int, str | None]:
    """What the route that wants this kind of token says."""
    return code(robot.get("/me", headers=bearer(token)) if kind == "access" else robot.refresh(token))


def refused(kind: str) -> tuple[int, str]:
    """What that route says of a token that is none of ours."""
    return 401, "token_invalid" if kind == "access" else "refresh_invalid"


def token_of(robot: Service, kind: str) -> str:
    """The robot's good token of this kind."""
    return robot.access_token if kind == "access" else robot.refresh_token


@pytest.mark.parametrize(("kind", "name", "own"), CASES, ids=[f"{kind}-{name}" for kind, name, _ in CASES])
def test_a_claim_that_is_not_exactly_of_our_making_makes_the_token_worthless(
    robot: Service, kind: str, name: str, own: tuple[object, ...]
) -> None:
    good = token_of(robot, kind)
    values = [value for value in NEVER if name != "roles" or not isinstance(value, list)] + [*own]

    found = [(value, knock(robot, kind, forged(robot.app, good, claims={name: value}))) for value in values]

    assert found == [(value, refused(kind)) for value in values]
    assert knock(robot, kind, good) == (200, None)


@pytest.mark.parametrize("csrf", ["", None, 1, [], True])
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_csrf_claim_may_be_absent_but_not_odd(robot: Service, kind: str, csrf: object) -> None:
    token = forged(robot.app, token_of(robot, kind), claims={"csrf": csrf})

    answer = knock(robot, kind, token)

    assert answer == refused(kind)


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_no_token_lives_longer_than_tokens_of_its_kind_do(robot: Service, kind: str) -> None:
    good = token_of(robot, kind)
    claims = claims_of(good)

    later = knock(robot, kind, forged(robot.app, good, claims={"exp": claims["exp"] + 1}))
    earlier = knock(robot, kind, forged(robot.app, good, claims={"iat": claims["iat"] - 1}))

    assert (later, earlier) == (refused(kind), refused(kind))


def test_an_access_token_is_no_refresh_token(robot: Service) -> None:
    assert code(robot.refresh(robot.access_token)) == (401, "refresh_invalid")


def test_a_refresh_token_is_no_access_token(robot: Service) -> None:
    assert code(robot.get("/me", headers=bearer(robot.refresh_token))) == (401, "token_invalid")


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_type_and_typ_say_the_same(robot: Service, kind: str) -> None:
    good = token_of(robot, kind)
    other = {"access": ("refresh", "rt+jwt"), "refresh": ("access", "at+jwt")}[kind]

    found = [
        knock(robot, kind, forged(robot.app, good, claims={"type": other[0]})),
        knock(robot, kind, forged(robot.app, good, header={"typ": other[1]})),
        knock(robot, kind, forged(robot.app, good, claims={"type": other[0]}, header={"typ": other[1]})),
    ]

    assert found == [refused(kind)] * 3


def test_a_refresh_token_in_the_clothes_of_an_access_token_lives_too_long(robot: Service) -> None:
    clothes = {"type": "access", **{name: claims_of(robot.access_token)[name] for name in ("roles", "fresh")}}
    token = forged(robot.app, robot.refresh_token, header={"typ": "at+jwt"}, claims=clothes)

    assert knock(robot, "access", token) == (401, "token_invalid")


@pytest.mark.parametrize("payload", ["[]", "null", "1", '"x"', "{", "", "{}", "\x00", '{"exp":NaN}', "[" * 2000])
def test_a_payload_that_is_no_object_of_claims_is_refused(app: Flask, robot: Service, payload: str) -> None:
    head = json.dumps(header_of(robot.access_token)).encode()

    found = knock(robot, "access", signed(app, head, payload.encode()))

    assert found == (401, "token_invalid")


@pytest.mark.parametrize("depth", [30, 600, 1400])
def test_a_payload_of_any_depth_is_no_server_error(app: Flask, robot: Service, depth: int) -> None:
    head = json.dumps(header_of(robot.access_token)).encode()
    nested = f'{{"iss":{"[" * depth}{"]" * depth}}}'

    found = knock(robot, "access", signed(app, head, nested.encode()))

    assert found == (401, "token_invalid")


def test_a_payload_that_is_not_utf8_is_refused(app: Flask, robot: Service) -> None:
    head = json.dumps(header_of(robot.access_token)).encode()

    assert knock(robot, "access", signed(app, head, b'{"iss":"\xff"}')) == (401, "token_invalid")


def test_a_token_for_nobody_is_worth_nothing(robot: Service) -> None:
    token = forged(robot.app, robot.access_token, claims={"sub": "01890a5d-ac96-774b-bcce-b302099a8057"})

    assert knock(robot, "access", token) == (401, "token_invalid")


def test_claims_that_are_ours_in_new_words_are_still_ours(robot: Service) -> None:
    token = forged(robot.app, robot.access_token, claims={"jti": random_id(), "roles": []})

    assert knock(robot, "access", token) == (200, None)
