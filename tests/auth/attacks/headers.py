"""A header that says another `typ`, or anything but `alg`, `kid` and `typ`; and keys that it brings along."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.auth.attacks.attack import Attack
from tests.auth.attacks.bench import ABSENT, Bench, Forge, by, encoded, foreign, with_header
from tests.auth.attacks.canary import FORGED_KID, FORGERS, certificate, forged_jwk

TYPS: dict[str, Any] = {
    "absent": ABSENT,
    "null": None,
    "empty": "",
    "JWT": "JWT",
    "jwt": "jwt",
    "at+JWT": "at+JWT",
    "AT+JWT": "AT+JWT",
    "RT+JWT": "RT+JWT",
    "application/at+jwt": "application/at+jwt",
    "application/rt+jwt": "application/rt+jwt",
    "a space behind": lambda b: b.header["typ"] + " ",
    "a parameter behind": lambda b: b.header["typ"] + ";v=1",
    "an encoded plus": lambda b: b.header["typ"].replace("+", " "),
    "the other kind's": lambda b: {"at+jwt": "rt+jwt", "rt+jwt": "at+jwt"}[b.header["typ"]],
    "dpop+jwt": "dpop+jwt",
    "logout+jwt": "logout+jwt",
    "JOSE": "JOSE",
    "a number": 1,
    "a list": lambda b: [b.header["typ"]],
    "an object": {},
    "true": True,
}
FURTHER: dict[str, Any] = {
    "crit of a known member": {"crit": ["exp"]},
    "crit of an unknown one": {"crit": ["x"], "x": 1},
    "crit of b64": {"crit": ["b64"], "b64": False},
    "crit, empty": {"crit": []},
    "crit, no list": {"crit": "alg"},
    "crit, null": {"crit": None},
    "b64 false": {"b64": False},
    "b64 true": {"b64": True},
    "zip": {"zip": "DEF"},
    "cty of a nested token": {"cty": "JWT"},
    "cty of JSON": {"cty": "application/json"},
    "enc": {"enc": "A256GCM"},
    "epk": {"epk": {}},
    "p2c": {"p2c": 2**31},
    "nonce": {"nonce": "1"},
    "url": lambda b: {"url": b.canary},
    "iss": lambda b: {"iss": b.claims["iss"]},
    "x5t": {"x5t": "AAAA"},
    "x5t#S256": {"x5t#S256": "AAAA"},
    "ppt": {"ppt": "shaken"},
    "an unknown member": {"x": 1},
    "an empty name": {"": ""},
    "alg in capitals too": lambda b: {"ALG": b.header["alg"]},
    "kid in capitals too": lambda b: {"KID": b.header["kid"]},
    "__proto__": {"__proto__": {"alg": "none"}},
}


def _further(members: Any) -> Forge:
    return lambda bench: with_header(members(bench) if callable(members) else members)(bench)


GUESTS: dict[str, Callable[[Bench, str], dict[str, Any]]] = {
    "jwk": lambda _b, algorithm: {"jwk": forged_jwk(algorithm)},
    "jwk with its own kid": lambda _b, algorithm: {"jwk": forged_jwk(algorithm) | {"kid": FORGED_KID}},
    "jwk with the real kid": lambda b, algorithm: {"jwk": forged_jwk(algorithm) | {"kid": b.key.kid}},
    "jwk as text": lambda _b, algorithm: {"jwk": str(forged_jwk(algorithm))},
    "jku": lambda b, _algorithm: {"jku": f"{b.canary}/.well-known/jwks.json"},
    "jku with a user": lambda b, _algorithm: {"jku": b.canary.replace("//", "//localhost@") + "/jwks.json"},
    "jku with a fragment": lambda b, _algorithm: {"jku": f"{b.canary}/#https://localhost/jwks.json"},
    "x5u": lambda b, _algorithm: {"x5u": f"{b.canary}/certificate.pem"},
    "x5c": lambda _b, algorithm: {"x5c": [certificate(algorithm)]},
    "x5c and x5t": lambda _b, algorithm: {"x5c": [certificate(algorithm)], "x5t": "AAAA"},
    "all of them": lambda b, algorithm: {
        "jwk": forged_jwk(algorithm),
        "jku": f"{b.canary}/jwks.json",
        "x5u": f"{b.canary}/certificate.pem",
        "x5c": [certificate(algorithm)],
    },
}


def _brought(guest: Callable[[Bench, str], dict[str, Any]], algorithm: str, *, named: bool) -> Forge:
    """The attacker's own key signs, and the header brings it or says where it is."""

    def forge(bench: Bench) -> str:
        kid = {"kid": FORGED_KID} if named else {}
        return with_header({"alg": algorithm} | kid | guest(bench, algorithm), sign=by(foreign(algorithm), algorithm))(
            bench
        )

    return forge


def _of_small_order(bench: Bench) -> str:
    """The public key is the neutral point, under which one signature fits every message."""
    neutral = b"\1" + bytes(31)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(neutral)}
    return with_header({"alg": "EdDSA", "jwk": jwk}, sign=lambda _text: neutral + bytes(32))(bench)


def _attacks() -> Iterator[Attack]:
    for name, typ in TYPS.items():
        yield Attack(name=f"typ {name}", forge=with_header({"typ": typ}))
    for name, members in FURTHER.items():
        yield Attack(name=f"header with {name}", forge=_further(members))
    for name, guest in GUESTS.items():
        for algorithm in FORGERS:
            for named in (True, False):
                how = "kid its own" if named else "kid kept"
                forge = _brought(guest, algorithm, named=named)
                yield Attack(name=f"header with {name} of {algorithm}, {how}", forge=forge, rings=("ES256",))
    yield Attack(name="header with jwk of an HMAC", forge=_brought(GUESTS["jwk"], "HS256", named=False))
    yield Attack(name="header with jwk of small order", forge=_of_small_order, rings=("EdDSA", "ES256"))


ATTACKS = tuple(_attacks())
