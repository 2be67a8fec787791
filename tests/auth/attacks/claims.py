"""Claims that are missing, null, of another type, out of range or said twice; all signed by the real key."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.auth.tokens import Kind
from app.kit import clock
from tests.auth.attacks.attack import Attack, Way
from tests.auth.attacks.bench import ABSENT, Bench, Forge, Raw, json_text, with_claims

HOUR = 3600
ACCESS = (Kind.ACCESS,)
Make = Callable[[Bench], Any]


def _own(name: str, change: Callable[[Any], Any] = lambda value: value) -> Make:
    """The good token's claim, changed."""
    return lambda bench: change(bench.claims[name])


ANY_TYPE: dict[str, Any] = {
    "absent": ABSENT,
    "null": None,
    "empty": "",
    "true": True,
    "false": False,
    "zero": 0,
    "a fraction": 1.5,
    "an empty list": [],
    "an empty object": {},
}


def _of_any_claim(name: str) -> dict[str, Any]:
    return {
        **ANY_TYPE,
        "itself in a list": _own(name, lambda value: [value]),
        "itself in an object": _own(name, lambda value: {"value": value}),
    }


def _of_text(name: str) -> dict[str, Any]:
    return {
        "of somebody else": "somebody-else",
        "with a slash behind": _own(name, lambda text: text + "/"),
        "with a space behind": _own(name, lambda text: text + " "),
        "with a space before": _own(name, lambda text: " " + text),
        "with a NUL behind": _own(name, lambda text: text + "\0"),
        "with a line break behind": _own(name, lambda text: text + "\n"),
        "in capitals": _own(name, str.upper),
        "cut by a letter": _own(name, lambda text: text[:-1]),
        "a lone surrogate": "\ud800",
    }


def _of_id(name: str) -> dict[str, Any]:
    return {
        "a name": "alice",
        "in capitals": _own(name, str.upper),
        "in braces": _own(name, lambda text: f"{{{text}}}"),
        "as a URN": _own(name, lambda text: f"urn:uuid:{text}"),
        "without dashes": _own(name, lambda text: text.replace("-", "")),
        "cut by a digit": _own(name, lambda text: text[:-1]),
        "a digit longer": _own(name, lambda text: text + "0"),
        "a line break behind": _own(name, lambda text: text + "\n"),
        "a NUL behind": _own(name, lambda text: text + "\0"),
        "in full-width digits": _own(name, lambda text: text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})),
        "a number": 2**127,
        "SQL": "' OR 1=1 --",
    }


def _of_time(name: str) -> dict[str, Any]:
    return {
        "text": _own(name, str),
        "text in full-width digits": "\N{FULLWIDTH DIGIT ONE}" * 10,
        "a fraction of a second": _own(name, lambda second: second + 0.5),
        "a whole number with a point": _own(name, lambda second: Raw(f"{second}.0")),
        "a whole number with an exponent": _own(name, lambda second: Raw(f"{second}e0")),
        "infinity": Raw("1e999"),
        "minus infinity": Raw("-1e999"),
        "Infinity": Raw("Infinity"),
        "not a number": Raw("NaN"),
        "minus zero": Raw("-0"),
        "negative": _own(name, lambda second: -second),
        "in milliseconds": _own(name, lambda second: second * 1000),
        "2^63": 2**63,
        "2^64": 2**64,
        "-2^63": -(2**63),
        "10^400": 10**400,
        "RFC 3339": "2030-01-01T00:00:00Z",
    }


WRONG: dict[str, dict[str, Any]] = {
    "iss": _of_any_claim("iss") | _of_text("iss"),
    "aud": _of_any_claim("aud")
    | _of_text("aud")
    | {"a list with others": _own("aud", lambda text: ["others", text]), "twice in a list": ["latchkey-api"] * 2},
    "sub": _of_any_claim("sub") | _of_id("sub"),
    "sid": _of_any_claim("sid") | _of_id("sid"),
    "jti": _of_any_claim("jti")
    | {
        "too short": "A" * 21,
        "too long": "A" * 65,
        "padded": _own("jti", lambda text: text + "="),
        "with a space": _own("jti", lambda text: text + " "),
        "with a NUL": _own("jti", lambda text: text + "\0"),
        "with a line break": _own("jti", lambda text: text + "\n"),
        "beyond ASCII": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 32,
        "SQL": "' OR '1'='1' -- aaaaaaaaaaaa",
    },
    "iat": _of_any_claim("iat") | _of_time("iat"),
    "nbf": _of_any_claim("nbf") | _of_time("nbf"),
    "exp": _of_any_claim("exp") | _of_time("exp"),
    "type": _of_any_claim("type")
    | _of_text("type")
    | {
        "the other kind": lambda b: ({*Kind} - {b.kind}).pop(),
        "an ID token's": "id",
        "capitalised": _own("type", str.capitalize),
    },
    "csrf": {name: value for name, value in _of_any_claim("csrf").items() if name != "absent"},
}
WRONG_ACCESS: dict[str, dict[str, Any]] = {
    "fresh": _of_any_claim("fresh") | _of_time("fresh"),
    "roles": {
        **{name: value for name, value in _of_any_claim("roles").items() if name != "an empty list"},
        "text": "admin",
        "a number in a list": [1],
        "null in a list": ["user", None],
        "true in a list": [True],
        "an object of them": {"admin": True},
    },
}
OF_TIMES: dict[str, Mapping[str, Make]] = {
    "a second more life than configured": {"exp": _own("exp", lambda exp: exp + 1)},
    "a year more life than configured": {"exp": _own("exp", lambda exp: exp + 8766 * HOUR)},
    "made a second earlier": {"iat": _own("iat", lambda iat: iat - 1)},
    "made in the year 2000": {"iat": lambda _b: 946684800},
    "made in the future": {"iat": lambda _b: int(clock.now().timestamp()) + 60},
    "not yet valid": {"nbf": lambda _b: int(clock.now().timestamp()) + 60},
    "valid from its end": {"nbf": _own("exp")},
    "wholly in the future": {
        "iat": _own("iat", lambda iat: iat + HOUR),
        "nbf": _own("nbf", lambda nbf: nbf + HOUR),
        "exp": _own("exp", lambda exp: exp + HOUR),
    },
}
OF_OTHERS: dict[str, Mapping[str, Any]] = {
    "sub of nobody": {"sub": "00000000-0000-0000-0000-000000000000"},
    "sub and sid swapped": {"sub": _own("sid"), "sid": _own("sub")},
    "sub equal to sid": {"sub": _own("sid")},
}
OTHERS_VALUE = {"iat": 1, "nbf": 1, "exp": 4102444800, "fresh": 4102444800, "roles": ["admin"]}
TWICE: dict[str, Callable[[str, Any, list[tuple[str, Any]]], list[tuple[str, Any]]]] = {
    "another value first": lambda name, other, claims: [(name, other), *claims],
    "another value last": lambda name, other, claims: [*claims, (name, other)],
    "null first": lambda name, _other, claims: [(name, None), *claims],
    "the same value": lambda name, _other, claims: [*claims, (name, dict(claims)[name])],
}


def _twice(name: str, place: Callable[[str, Any, list[tuple[str, Any]]], list[tuple[str, Any]]]) -> Forge:
    def forge(bench: Bench) -> str:
        other = OTHERS_VALUE.get(name, "00000000-0000-0000-0000-000000000000")
        return bench.token(None, json_text(place(name, other, list(bench.claims.items()))))

    return forge


def _escaped_twice(bench: Bench) -> str:
    return bench.token(None, json_text([*bench.claims.items()]).replace(b"{", b'{"\\u0065xp":4102444800,', 1))


def _nested_twice(bench: Bench) -> str:
    return bench.token(None, json_text([*bench.claims.items(), ("act", Raw('{"sub":"a","sub":"b"}'))]))


def _wrong() -> Iterator[Attack]:
    for kinds, table in ((tuple(Kind), WRONG), (ACCESS, WRONG_ACCESS)):
        for claim, values in table.items():
            for name, value in values.items():
                yield Attack(name=f"{claim} {name}", forge=with_claims({claim: value}), kinds=kinds)
    for name, changes in OF_TIMES.items():
        yield Attack(name=f"times: {name}", forge=with_claims(changes))
    for name, changes in OF_OTHERS.items():
        yield Attack(name=name, forge=with_claims(changes), kinds=ACCESS)
    yield Attack(name="csrf absent, by cookie", forge=with_claims({"csrf": ABSENT}), ways=(Way.COOKIE,))


def _duplicates() -> Iterator[Attack]:
    for claim in (*WRONG, *WRONG_ACCESS):
        kinds = ACCESS if claim in WRONG_ACCESS else tuple(Kind)
        for how, place in TWICE.items():
            name = f"{claim} twice, {how}"
            yield Attack(name=name, forge=_twice(claim, place), kinds=kinds)
    yield Attack(name="exp twice, once in escapes", forge=_escaped_twice)
    yield Attack(name="an unknown claim with a name twice inside", forge=_nested_twice)


ATTACKS = (*_wrong(), *_duplicates())
