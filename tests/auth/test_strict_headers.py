"""One strict verification: header, signature and shape of a token are exactly as we make them."""

import json
from hashlib import sha256
from secrets import token_bytes

import jwt
import pytest
from flask import Flask

from tests.auth.forging import ABSENT, bearer, claims_of, encoded, forged, header_of, signed, tampered
from tests.cast import Service, code

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FURTHER: dict[str, object] = {
    "jku": "https://evil.example/jwks.json",
    "jwk": {"kty": "oct", "k": "AAAA"},
    "x5u": "https://evil.example/cert.pem",
    "x5c": ["AAAA"],
    "x5t": "AAAA",
    "crit": ["exp"],
    "b64": False,
    "zip": "DEF",
    "cty": "JWT",
    "enc": "A256GCM",
    "nonce": "1",
    "": "",
}
KIDS = [
    ABSENT,
    None,
    "",
    "unknown",
    1,
    True,
    [],
    {},
    ["{kid}"],
    "{kid} ",
    "{kid}\x00",
    "../../../../dev/null",
    "/dev/null",
    "' OR 1=1 --",
    "\ud800",
    "\u00fc",
    "x" * 2000,
]
NONES = ["none", "None", "NONE", "nOnE", "none ", "", None, ABSENT, 0, [], ["HS256"]]
OTHER_ALGORITHMS = ["HS384", "HS512", "hs256", "HS256 ", "RS256", "ES256", "EdDSA", "PS256", "A256GCM", "dir"]


def knock(robot: Service, token: str) -> tuple[int, str | None]:
    """What a guarded route says of the token."""
    return code(robot.get("/me", headers=bearer(token)))


def test_no_further_header_is_taken_however_well_it_is_signed(robot: Service) -> None:
    found = {
        name: knock(robot, forged(robot.app, robot.access_token, header={name: value}))
        for name, value in FURTHER.items()
    }

    assert found == dict.fromkeys(FURTHER, (401, "token_invalid"))
    assert knock(robot, robot.access_token) == (200, None)


def test_the_b64_header_is_refused_with_its_crit_too(robot: Service) -> None:
    token = forged(robot.app, robot.access_token, header={"b64": True, "crit": ["b64"]})

    assert knock(robot, token) == (401, "token_invalid")


@pytest.mark.parametrize("typ", [ABSENT, None, "", "JWT", "jwt", "at+JWT", "application/at+jwt", "rt+jwt", 1, []])
def test_the_typ_of_an_access_token_is_exact(robot: Service, typ: object) -> None:
    token = forged(robot.app, robot.access_token, header={"typ": typ})

    assert knock(robot, token) == (401, "token_invalid")


def test_only_the_name_of_one_of_our_keys_is_a_kid(robot: Service) -> None:
    right = header_of(robot.access_token)["kid"]
    kids = [kid.format(kid=right) if isinstance(kid, str) and "{" in kid else kid for kid in KIDS]

    found = [knock(robot, forged(robot.app, robot.access_token, header={"kid": kid})) for kid in kids]

    assert found == [(401, "token_invalid")] * len(kids)
    assert knock(robot, robot.access_token) == (200, None)


@pytest.mark.parametrize("algorithm", NONES)
def test_no_algorithm_is_no_signature(robot: Service, algorithm: object) -> None:
    token = forged(robot.app, robot.access_token, header={"alg": algorithm})
    head, payload, signature = token.split(".")

    found = [knock(robot, token), knock(robot, f"{head}.{payload}."), knock(robot, f"{head}.{payload}.AA")]

    assert found == [(401, "token_invalid")] * 3
    assert signature


@pytest.mark.parametrize("algorithm", OTHER_ALGORITHMS)
def test_the_kid_decides_the_algorithm(app: Flask, robot: Service, algorithm: str) -> None:
    head = json.dumps({**header_of(robot.access_token), "alg": algorithm}).encode()
    payload = json.dumps(claims_of(robot.access_token)).encode()
    hashes = {"HS384": "sha384", "HS512": "sha512"}

    found = knock(robot, signed(app, head, payload, hash_name=hashes.get(algorithm, "sha256")))

    assert found == (401, "token_invalid")


def test_a_key_of_the_right_name_but_another_algorithm_is_not_taken(robot: Service) -> None:
    header = {"kid": header_of(robot.access_token)["kid"], "typ": "at+jwt"}
    token = jwt.encode(claims_of(robot.access_token), token_bytes(64), algorithm="HS512", headers=header)

    assert knock(robot, token) == (401, "token_invalid")


@pytest.mark.parametrize("guess", ["", "secret", "latchkey", "null"])
def test_a_guessed_key_signs_nothing(robot: Service, guess: str) -> None:
    header = {name: header_of(robot.access_token)[name] for name in ("kid", "typ")}
    material = sha256(guess.encode()).digest()
    token = jwt.encode(claims_of(robot.access_token), material, algorithm="HS256", headers=header)

    assert knock(robot, token) == (401, "token_invalid")


def test_changed_claims_do_not_go_under_the_old_signature(robot: Service) -> None:
    found = [
        knock(robot, tampered(robot.access_token, {"roles": ["admin"]})),
        knock(robot, tampered(robot.access_token, {"exp": 2**32})),
        code(robot.refresh(tampered(robot.refresh_token, {"exp": 2**32}))),
    ]

    assert found == [(401, "token_invalid"), (401, "token_invalid"), (401, "refresh_invalid")]


def test_every_other_last_character_of_the_signature_is_refused(robot: Service) -> None:
    others = [character for character in ALPHABET if character != robot.access_token[-1]]

    found = {character: knock(robot, robot.access_token[:-1] + character) for character in others}

    assert found == dict.fromkeys(others, (401, "token_invalid"))
    assert knock(robot, robot.access_token) == (200, None)


def respelt(robot: Service) -> dict[str, str]:
    """The good token in other shapes."""
    head, payload, signature = robot.access_token.split(".")
    return {
        "two segments": f"{head}.{payload}",
        "one segment": head,
        "four segments": f"{head}.{payload}.{signature}.{signature}",
        "five segments, as JWE": ".".join([head] * 5),
        "no header": f".{payload}.{signature}",
        "no payload": f"{head}..{signature}",
        "no signature": f"{head}.{payload}.",
        "nothing at all": "..",
        "a dot in front": f".{head}.{payload}.{signature}",
        "standard base64": f"{head}.{payload}.{signature[:-2]}+/",
        "a line end": f"{head}.{payload}.{signature}\n".replace("\n", "%0A"),
        "a header not of base64": f"!!.{payload}.{signature}",
        "a header of one character": f"A.{payload}.{signature}",
        "a header that is no JSON": f"{encoded(b'x')}.{payload}.{signature}",
        "a header that is a list": f"{encoded(b'[]')}.{payload}.{signature}",
        "a header that is deep": f"{encoded(b'[' * 1500)}.{payload}.{signature}",
        "a digit of another script": f"{head}.{payload}.{signature[:-1]}\u0661",
        "longer than 4096": f"{head}.{payload}.{signature}{'A' * 4096}",
    }


def test_no_other_shape_is_a_token(robot: Service) -> None:
    shapes = respelt(robot)

    found = {
        name: knock(robot, token.encode().decode("latin-1"))  # as WSGI hands bytes on
        for name, token in shapes.items()
    }

    assert found == dict.fromkeys(shapes, (401, "token_invalid"))
    assert knock(robot, robot.access_token) == (200, None)


def test_a_token_of_more_than_4096_bytes_is_refused_however_well_it_is_signed(robot: Service) -> None:
    long, short = (forged(robot.app, robot.access_token, claims={"roles": ["x" * n]}) for n in (3000, 2000))

    found = [knock(robot, long), knock(robot, short)]

    assert found == [(401, "token_invalid"), (200, None)]


def test_a_name_that_stands_twice_makes_no_token(app: Flask, robot: Service) -> None:
    header = json.dumps(header_of(robot.access_token))
    twice = f'{{"alg": "none", {header[1:]}'.encode()
    payload = json.dumps(claims_of(robot.access_token)).encode()

    found = knock(robot, signed(app, twice, payload))

    assert found == (401, "token_invalid")
