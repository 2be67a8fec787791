"""One algorithm taken for another: an HMAC keyed with what is public, or another `alg` than the `kid` is bound to."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.keys import algorithms
from app.keys.ring import SigningKey
from tests.auth.attacks.attack import RINGS, Attack
from tests.auth.attacks.bench import HASHES, Bench, Forge, Signer, by, by_secret, decoded, encoded, foreign, with_header

ASYMMETRIC = ("ES256", "EdDSA", "PS256")
Spell = Callable[[SigningKey], bytes]


def _bytes(encoding: Encoding, form: PublicFormat) -> Spell:
    return lambda key: key.verifier.public_bytes(encoding, form)


def _jwk(key: SigningKey) -> dict[str, Any]:
    return algorithms.public_jwk(key.algorithm, key.private)


def _published(key: SigningKey) -> dict[str, Any]:
    return _jwk(key) | {"kid": key.kid}


def _bare(key: SigningKey) -> dict[str, Any]:
    return {name: value for name, value in _jwk(key).items() if name not in {"use", "alg"}}


def _canonical(members: dict[str, Any]) -> bytes:
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def _main_member(key: SigningKey) -> str:
    jwk = _jwk(key)
    return str(jwk.get("n", jwk.get("x")))


PEM = _bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = _bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
PKCS1_PEM = _bytes(Encoding.PEM, PublicFormat.PKCS1)
SPELLINGS: dict[str, Spell] = {
    "PEM": PEM,
    "PEM without its last line break": lambda key: PEM(key).rstrip(),
    "PEM with CR LF": lambda key: PEM(key).replace(b"\n", b"\r\n"),
    "PEM with a further line break": lambda key: PEM(key) + b"\n",
    "PEM in one line": lambda key: PEM(key).replace(b"\n", b""),
    "the base64 inside the PEM": lambda key: b"".join(PEM(key).splitlines()[1:-1]),
    "DER": DER,
    "DER in base64": lambda key: b64encode(DER(key)),
    "DER in base64url": lambda key: encoded(DER(key)).encode(),
    "DER in hex": lambda key: DER(key).hex().encode(),
    "OpenSSH": _bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "JWK as published": lambda key: json.dumps(_published(key)).encode(),
    "JWK as published, compact": lambda key: json.dumps(_published(key), separators=(",", ":")).encode(),
    "JWK as published, sorted": lambda key: _canonical(_published(key)),
    "JWK without kid": lambda key: json.dumps(_jwk(key)).encode(),
    "JWK with its bare members": lambda key: json.dumps(_bare(key)).encode(),
    "JWK as its thumbprint takes it": lambda key: _canonical(_bare(key)),
    "JWK turned round": lambda key: json.dumps(dict(reversed(_published(key).items()))).encode(),
    "JWK Set": lambda key: json.dumps({"keys": [_published(key)]}).encode(),
    "JWK Set, compact": lambda key: json.dumps({"keys": [_published(key)]}, separators=(",", ":")).encode(),
    "the main member's text": lambda key: _main_member(key).encode(),
    "the main member's bytes": lambda key: decoded(_main_member(key)),
    "the kid": lambda key: key.kid.encode(),
    "the thumbprint's bytes": lambda key: decoded(key.kid),
}
OF_THEIR_OWN: dict[str, dict[str, Spell]] = {
    "ES256": {
        "the point": _bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "the point, compressed": _bytes(Encoding.X962, PublicFormat.CompressedPoint),
        "the point without its prefix": lambda key: _bytes(Encoding.X962, PublicFormat.UncompressedPoint)(key)[1:],
    },
    "EdDSA": {"the raw bytes": _bytes(Encoding.Raw, PublicFormat.Raw)},
    "PS256": {
        "PKCS #1 PEM": PKCS1_PEM,
        "PKCS #1 PEM without its last line break": lambda key: PKCS1_PEM(key).rstrip(),
        "PKCS #1 DER": _bytes(Encoding.DER, PublicFormat.PKCS1),
        "the modulus in decimal": lambda key: str(key.verifier.public_numbers().n).encode(),
        "the modulus in hex": lambda key: f"{key.verifier.public_numbers().n:x}".encode(),
    },
}


def _keyed(spell: Spell, algorithm: str) -> Forge:
    def forge(bench: Bench) -> str:
        return with_header({"alg": algorithm}, sign=by_secret(spell(bench.key), algorithm))(bench)

    return forge


def _keyed_under_the_other_kid(spell: Spell) -> Forge:
    """The HMAC key of the ring is named, what is public of the active one is used."""

    def forge(bench: Bench) -> str:
        other = bench.keys["other family"]
        return with_header({"alg": "HS256", "kid": other.kid}, sign=by_secret(spell(bench.key)))(bench)

    return forge


def _confusions() -> Iterator[Attack]:
    for ring in ASYMMETRIC:
        for name, spell in {**SPELLINGS, **OF_THEIR_OWN[ring]}.items():
            for algorithm in HASHES:
                forge = _keyed(spell, algorithm)
                yield Attack(name=f"{algorithm} keyed with {name}", forge=forge, rings=(ring,))
            forge = _keyed_under_the_other_kid(spell)
            yield Attack(name=f"the HMAC key's kid, keyed with {name}", forge=forge, rings=(ring,))


SWAPS = (*algorithms.ALGORITHMS, "RS384", "ES384", "ES512", "ES256K", "PS384", "PS512", "Ed25519", "Ed448")
MISSPELT = ("hs256", "es256", "eddsa", "ps256", "HS256 ", "ES256\x00", "HS-256", "SHA256", "HMAC", "A256GCM", "dir")


def _signer_of(bench: Bench, algorithm: str) -> Signer:
    """The real key under another algorithm, where one type of key does for both; else the attacker's own."""
    for key in (bench.key.private, foreign(algorithm)):
        try:
            algorithms.checked(algorithm, key)
        except algorithms.UnfitKey:
            continue
        return by(key, algorithm)
    raise AssertionError(algorithm)


def _swapped(algorithm: str) -> Forge:
    return lambda bench: with_header({"alg": algorithm}, sign=_signer_of(bench, algorithm))(bench)


def _renamed(algorithm: str) -> Forge:
    """Another `alg` over the same key, the signature as always."""
    return with_header({"alg": algorithm})


def _swaps() -> Iterator[Attack]:
    for algorithm in SWAPS:
        rings = tuple(ring for ring in RINGS if ring != algorithm)
        yield Attack(name=f"alg {algorithm} in name only", forge=_renamed(algorithm), rings=rings)
        if algorithm in algorithms.ALGORITHMS:
            yield Attack(name=f"alg {algorithm} in earnest", forge=_swapped(algorithm), rings=rings)
    for algorithm in MISSPELT:
        yield Attack(name=f"alg {algorithm!a}", forge=_renamed(algorithm))


ATTACKS = (*_confusions(), *_swaps())
