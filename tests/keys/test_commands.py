import json

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.cast import Service
from tests.keys.conftest import Keys, active, state_of

ALGORITHMS = ["HS256", "HS384", "HS512", "ES256", "EdDSA", "PS256", "RS256", "RS512"]


def pem(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_new_deployment_has_no_key_until_it_is_needed(keys: Keys) -> None:
    assert keys("list", "--json") == {"items": []}


def test_a_key_goes_from_next_to_active_to_verifying(keys: Keys, robot: Service) -> None:
    first = active(keys)

    (upcoming,) = keys("generate", "--json")["items"]
    keys("rotate")

    assert robot.get("/me").status_code == 200
    assert state_of(keys) == {first: "verifying", upcoming["kid"]: "active"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_signs_and_verifies(keys: Keys, robot: Service, algorithm: str) -> None:
    keys("generate", "--algorithm", algorithm)
    keys("rotate", "--now")

    robot.log_in()

    assert jwt.get_unverified_header(robot.access_token)["alg"] == algorithm
    assert robot.get("/me").status_code == 200


def test_a_second_next_key_is_refused(keys: Keys) -> None:
    keys("generate")

    said = keys("generate", exit_code=1)

    assert "There is a next key already" in said


@pytest.mark.usefixtures("robot")
def test_rotate_makes_a_key_if_there_is_no_next(keys: Keys) -> None:
    first = active(keys)

    (rotated,) = keys("rotate", "--json")["items"]

    assert rotated["state"] == "active"
    assert state_of(keys)[first] == "verifying"


def test_rotate_warns_while_caches_may_not_know_the_next_key(keys: Keys) -> None:
    with time_machine.travel(0, tick=False) as clock:
        keys("generate", "--algorithm", "ES256")
        clock.shift(299)
        assert "Warning" in keys("rotate")

        keys("generate", "--algorithm", "ES256")
        assert "Warning" not in keys("rotate", "--now")

        keys("generate", "--algorithm", "ES256")
        clock.shift(301)
        assert "Warning" not in keys("rotate")


def test_the_active_key_is_not_retired(keys: Keys, robot: Service) -> None:
    keys("retire", active(keys), exit_code=1)

    assert robot.get("/me").status_code == 200


def test_a_next_key_can_be_withdrawn(keys: Keys) -> None:
    (upcoming,) = keys("generate", "--json")["items"]

    keys("retire", upcoming["kid"])

    assert state_of(keys) == {}


@pytest.mark.parametrize("kid", ["nobody", "-a-kid-may-begin-with-a-dash"])
@pytest.mark.parametrize("command", ["retire", "revoke"])
def test_a_key_that_is_not_there_is_refused(keys: Keys, command: str, kid: str) -> None:
    assert "There is no such key." in keys(command, kid, exit_code=1)


@pytest.mark.usefixtures("robot")
def test_a_revoked_active_key_has_a_successor_at_once(keys: Keys) -> None:
    leaked = active(keys)

    keys("revoke", leaked)

    assert state_of(keys).pop(leaked) == "revoked"
    assert active(keys) != leaked


IMPORTED = [
    (pem(ec.generate_private_key(ec.SECP256R1())), "ES256"),
    (pem(ed25519.Ed25519PrivateKey.generate()), "EdDSA"),
    (pem(rsa.generate_private_key(65537, 3072)), "PS256"),
    (json.dumps({"kty": "oct", "k": "a" * 43, "alg": "HS256"}).encode(), "HS256"),
]


@pytest.mark.parametrize(("text", "algorithm"), IMPORTED)
def test_a_key_from_a_secret_manager_becomes_next(keys: Keys, robot: Service, text: bytes, algorithm: str) -> None:
    (adopted,) = keys("import", "-", "--json", stdin=text)["items"]
    keys("rotate", "--now")
    robot.log_in()

    assert adopted["algorithm"] == algorithm
    assert jwt.get_unverified_header(robot.access_token)["kid"] == adopted["kid"]
    assert robot.get("/me").status_code == 200


UNFIT = {
    "garbage": b"not a key",
    "empty": b"",
    "a public key": ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "a short RSA key": pem(rsa.generate_private_key(65537, 2048)),
    "an odd exponent": pem(rsa.generate_private_key(3, 3072)),
    "another curve": pem(ec.generate_private_key(ec.SECP384R1())),
    "an encrypted PEM": ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    ),
    "a short secret": json.dumps({"kty": "oct", "k": "c2hvcnQ", "alg": "HS256"}).encode(),
    "a JWK for another use": json.dumps({"kty": "oct", "k": "a" * 43, "alg": "A256KW"}).encode(),
    "a public JWK": json.dumps(
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    ).encode(),
    "a JWK of another type": json.dumps({"kty": "oct", "k": "a" * 43, "alg": "ES256"}).encode(),
    "a JWK that is a list": b"[]",
    "a JWK without members": b"{}",
    "a JWK that nests": b'{"a":' * 50_000,
}


@pytest.mark.parametrize("what", UNFIT)
def test_an_unfit_key_is_refused_in_one_sentence(keys: Keys, what: str) -> None:
    said = keys("import", "-", exit_code=1, stdin=UNFIT[what])

    assert said.startswith("Error: ")
    assert len(said.splitlines()) == 1
    assert state_of(keys) == {}


def test_the_same_key_is_not_taken_twice(keys: Keys) -> None:
    text = IMPORTED[0][0]
    keys("import", "-", stdin=text)
    keys("rotate", "--now")

    assert "in the ring already" in keys("import", "-", exit_code=1, stdin=text)


@pytest.mark.parametrize("command", ["list", "generate", "import", "rotate", "retire", "revoke", "reseal"])
def test_every_command_explains_itself(keys: Keys, command: str) -> None:
    assert "Usage:" in keys(command, "--help")


def test_an_unknown_algorithm_is_a_usage_error(keys: Keys) -> None:
    said = keys("generate", "--algorithm", "none", exit_code=2)

    assert "Invalid value" in said
    assert state_of(keys) == {}
