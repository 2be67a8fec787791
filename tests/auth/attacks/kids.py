"""A `kid` that is a path, a statement, another type, another key's: only the very name of a trusted key counts."""

from collections.abc import Iterator
from typing import Any

from tests.auth.attacks.attack import RINGS, Attack
from tests.auth.attacks.bench import ABSENT, Bench, Forge, by, by_secret, foreign, with_header

KIDS: dict[str, Any] = {
    "absent": ABSENT,
    "null": None,
    "empty": "",
    "a space": " ",
    "unknown": "unknown",
    "zero": 0,
    "one": 1,
    "a huge number": 10**400,
    "a fraction": 1.5,
    "true": True,
    "false": False,
    "an empty list": [],
    "an empty object": {},
    "its own, in a list": lambda b: [b.key.kid],
    "its own, in an object": lambda b: {"kid": b.key.kid},
    "in the other case": lambda b: b.key.kid.swapcase(),
    "in lower case": lambda b: b.key.kid.lower() + "A",
    "cut by a letter": lambda b: b.key.kid[:-1],
    "a letter longer": lambda b: b.key.kid + "A",
    "padded": lambda b: b.key.kid + "=",
    "a space behind": lambda b: b.key.kid + " ",
    "a space before": lambda b: " " + b.key.kid,
    "a NUL behind": lambda b: b.key.kid + "\0",
    "a line break behind": lambda b: b.key.kid + "\r\n",
    "a path to it": lambda b: "./" + b.key.kid,
    "percent-encoded": lambda b: "".join(f"%{ord(letter):02x}" for letter in b.key.kid),
    "a joker": "%",
    "another joker": "*",
    "traversal": "../../../../../../dev/null",
    "an absolute path": "/dev/null",
    "a Windows path": "..\\..\\windows\\win.ini",
    "traversal after it": lambda b: b.key.kid + "/../../etc/passwd",
    "a URL": lambda b: b.canary + "/kid",
    "a file URL": "file:///etc/passwd",
    "SQL, always true": "' OR '1'='1",
    "SQL, a union": "x' UNION SELECT 'key' --",
    "SQL, after it": lambda b: b.key.kid + "' --",
    "SQL, a second statement": "x'; DROP TABLE signing_keys; --",
    "a shell's": "x; curl http://127.0.0.1 | sh",
    "another shell's": "$(id)",
    "a template": "{{ 7 * 7 }}",
    "another template": "${jndi:ldap://127.0.0.1/x}",
    "a format": "%s%s%n",
    "an LDAP filter": "*)(kid=*",
    "a tag": "<script>alert(1)</script>",
    "only a NUL": "\0",
    "a lone surrogate": "\ud800",
    "beyond ASCII": "\N{LATIN SMALL LETTER U WITH DIAERESIS}",
    "beyond the plane": "\N{KEY}",
    "a bidirectional override": lambda b: "\N{RIGHT-TO-LEFT OVERRIDE}" + b.key.kid,
    "very long": "x" * 2000,
    "of an object's prototype": "__proto__",
    "of a method": "__class__",
}
# What the attacker hopes that the name leads to
SECRETS = {"nothing": b"", "a NUL": b"\0", "the word key": b"key", "the word null": b"null", "49": b"49"}
OTHER_KEYS = ("next", "same family", "other family")


def _keyed(kid: Any, secret: bytes) -> Forge:
    return with_header({"alg": "HS256", "kid": kid}, sign=by_secret(secret))


def _named(which: str) -> Forge:
    """The kid of another key of the ring, under the active key's algorithm and signature."""
    return with_header({"kid": lambda bench: bench.keys[which].kid})


def _posed(which: str) -> Forge:
    """The kid and the alg of another key of the ring, signed by a foreign key for it."""

    def forge(bench: Bench) -> str:
        key = bench.keys[which]
        return with_header({"kid": key.kid, "alg": key.algorithm}, sign=by(foreign(key.algorithm), key.algorithm))(
            bench
        )

    return forge


def _early(bench: Bench) -> str:
    key = bench.keys["next"]
    return with_header({"kid": key.kid}, sign=by(key.private, key.algorithm))(bench)


def _attacks() -> Iterator[Attack]:
    for name, kid in KIDS.items():
        yield Attack(name=f"kid {name}", forge=with_header({"kid": kid}))
    for name in ("traversal", "an absolute path", "SQL, a union", "empty", "null", "a template"):
        for meaning, secret in SECRETS.items():
            yield Attack(name=f"kid {name}, keyed with {meaning}", forge=_keyed(KIDS[name], secret))
    for which in OTHER_KEYS:
        yield Attack(name=f"kid of the key {which}", forge=_named(which), rings=RINGS)
        yield Attack(name=f"kid and alg of the key {which}, a foreign signature", forge=_posed(which), rings=RINGS)
    yield Attack(name="signed early by the next key itself", forge=_early, rings=RINGS)


ATTACKS = tuple(_attacks())
