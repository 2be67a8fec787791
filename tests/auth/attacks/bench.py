"""The forger's bench: a victim's token, the deployment's real key, and the tools to change anything about them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hmac import digest
from typing import Any

from jwt import get_algorithm_by_name

from app.auth.tokens import Kind
from app.keys import algorithms
from app.keys.algorithms import Private
from app.keys.ring import SigningKey

ABSENT = object()
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
Signer = Callable[[bytes], bytes]


class Raw(str):
    """JSON exactly as it is written here."""

    __slots__ = ()


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(segment: str) -> bytes:
    """The bytes of a segment."""
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def json_text(members: Iterable[tuple[str, Any]]) -> bytes:
    """A JSON object of these members, in this order, also where a name comes twice."""
    parts = (f"{json.dumps(name)}:{value if isinstance(value, Raw) else json.dumps(value)}" for name, value in members)
    return ("{" + ",".join(parts) + "}").encode()


def by(private: Private, algorithm: str) -> Signer:
    """Sign with this key."""
    if isinstance(private, bytes):
        return by_secret(private, algorithm)
    return lambda text: get_algorithm_by_name(algorithm).sign(text, private)


def by_secret(secret: bytes, algorithm: str = "HS256") -> Signer:
    """Sign with these bytes as an HMAC key, which no library would take."""
    return lambda text: digest(secret, text, HASHES[algorithm])


@cache
def foreign(algorithm: str) -> Private:
    """The attacker's own key."""
    return algorithms.make(algorithm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What an attack is made from: `good` is Alice's live token of the kind; a case changes one thing about it."""

    kind: Kind
    good: str
    of_other_kind: str
    of_mallory: str
    keys: Mapping[str, SigningKey] = field(repr=False)
    canary: str

    @property
    def key(self) -> SigningKey:
        """The key that signs."""
        return self.keys["active"]

    @property
    def header(self) -> dict[str, Any]:
        """What the good token's header says."""
        said: dict[str, Any] = json.loads(decoded(self.good.split(".")[0]))
        return said

    @property
    def claims(self) -> dict[str, Any]:
        """What the good token claims."""
        said: dict[str, Any] = json.loads(decoded(self.good.split(".")[1]))
        return said

    @property
    def signature(self) -> bytes:
        """The good token's signature."""
        return decoded(self.good.split(".")[2])

    def token(self, header: bytes | None = None, claims: bytes | None = None, *, sign: Signer | None = None) -> str:
        """These bytes (by default the good ones), signed: by default with the real key, as only a thief of it could."""
        good_header, good_claims, _ = self.good.split(".")
        first = good_header if header is None else encoded(header)
        text = f"{first}.{good_claims if claims is None else encoded(claims)}"
        return f"{text}.{encoded((sign or by(self.key.private, self.key.algorithm))(text.encode()))}"

    def unsigned(self, header: Mapping[str, Any], signature: str = "") -> str:
        """The good claims under another header and no honest signature."""
        return f"{encoded(json_text(header.items()))}.{self.good.split('.')[1]}.{signature}"


Forge = Callable[[Bench], str]


def changed(members: Mapping[str, Any], changes: Mapping[str, Any], bench: Bench) -> bytes:
    """The members with some changed, those that are ABSENT left out; functions make their value from the bench."""
    made = {name: value(bench) if callable(value) else value for name, value in changes.items()}
    return json_text((name, value) for name, value in {**members, **made}.items() if value is not ABSENT)


def with_header(changes: Mapping[str, Any], *, sign: Signer | None = None) -> Forge:
    """The good token with its header changed, signed again."""
    return lambda bench: bench.token(changed(bench.header, changes, bench), sign=sign)


def with_claims(changes: Mapping[str, Any]) -> Forge:
    """The good token with its claims changed, signed again by the real key."""
    return lambda bench: bench.token(None, changed(bench.claims, changes, bench))


def with_signature(make: Callable[[Bench], bytes]) -> Forge:
    """The good header and claims under another signature."""
    return lambda bench: bench.token(sign=lambda _text: make(bench))
