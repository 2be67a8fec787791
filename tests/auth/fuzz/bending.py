"""How a good token is bent: letters, segments, the bytes behind base64, the JSON behind those."""

import json
from binascii import Error
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.auth.attacks.bench import decoded, encoded

NAMES = ("alg", "kid", "typ", "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "type", "fresh", "roles", "csrf")
ODD = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "none",
    "HS256",
    "access",
    "\ud800",
)
SCALARS: st.SearchStrategy[Any] = st.sampled_from(ODD) | st.integers() | st.text(max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@dataclass(frozen=True, slots=True)
class Bend:
    """One change, at a place that is taken modulo what there is."""

    how: str
    place: int
    length: int
    text: str = ""
    name: str = ""
    value: Any = None


def _spliced(token: str, bend: Bend, text: str, *, length: int) -> str:
    at = bend.place % (len(token) + 1)
    return token[:at] + text + token[at + length :]


def _flip(token: str, bend: Bend, _others: list[str]) -> str:
    if not token:
        return token
    at = bend.place % len(token)
    return token[:at] + chr(ord(token[at]) ^ (1 << bend.length % 8)) + token[at + 1 :]


def _swap_case(token: str, bend: Bend, _others: list[str]) -> str:
    at = bend.place % (len(token) + 1)
    return _spliced(token, bend, token[at : at + bend.length].swapcase(), length=bend.length)


def _repeat(token: str, bend: Bend, _others: list[str]) -> str:
    at = bend.place % (len(token) + 1)
    return _spliced(token, bend, token[at : at + bend.length], length=0)


def _segment(token: str, bend: Bend, change: Callable[[str], str]) -> str:
    parts = token.split(".")
    at = bend.place % len(parts)
    parts[at] = change(parts[at])
    return ".".join(parts)


def _take_segment(token: str, bend: Bend, others: list[str]) -> str:
    parts = others[bend.length % len(others)].split(".")
    return _segment(token, bend, lambda _part: parts[(bend.place // 3) % 3])


def _bend_bytes(token: str, bend: Bend, _others: list[str]) -> str:
    def change(part: str) -> str:
        try:
            raw = bytearray(decoded(part))
        except (Error, ValueError):
            return part
        at = bend.length % (len(raw) + 1)
        raw[at : at + bend.length % 3] = bend.text.encode(errors="surrogatepass")[:2]
        return encoded(bytes(raw))

    return _segment(token, bend, change)


def _bend_json(token: str, bend: Bend, _others: list[str]) -> str:
    def change(part: str) -> str:
        try:
            members = json.loads(decoded(part))
        except (ValueError, RecursionError):
            return part
        if not isinstance(members, dict):
            return part
        if bend.length % 4:
            members[bend.name] = bend.value
        else:
            members.pop(bend.name, None)
        return encoded(json.dumps(members, separators=(",", ":") if bend.length % 2 else None).encode())

    return _segment(token, bend, change)


WAYS: Mapping[str, Callable[[str, Bend, list[str]], str]] = {
    "flip a bit": _flip,
    "insert": lambda token, bend, _others: _spliced(token, bend, bend.text, length=0),
    "delete": lambda token, bend, _others: _spliced(token, bend, "", length=bend.length),
    "replace": lambda token, bend, _others: _spliced(token, bend, bend.text, length=len(bend.text)),
    "cut": lambda token, bend, _others: token[: bend.place % (len(token) + 1)],
    "swap case": _swap_case,
    "repeat": _repeat,
    "take a segment of another": _take_segment,
    "change bytes": _bend_bytes,
    "change JSON": _bend_json,
}
OF_TEXT = ("insert", "replace", "change bytes")
OF_PLACE = sorted(WAYS.keys() - {*OF_TEXT, "change JSON"})
PLACES, LENGTHS = st.integers(0, 1200), st.integers(0, 40)
LETTERS = st.text("ABCxyz019-_.=+/ \t\r\n\0%\"'\u00e9\u0435\uff11", min_size=1, max_size=4)
BENDS = st.lists(
    st.one_of(
        st.builds(Bend, st.sampled_from(OF_PLACE), PLACES, LENGTHS),
        st.builds(Bend, st.sampled_from(OF_TEXT), PLACES, LENGTHS, LETTERS),
        st.builds(Bend, st.just("change JSON"), PLACES, LENGTHS, name=st.sampled_from(NAMES), value=SCALARS),
    ),
    min_size=1,
    max_size=3,
)


def bent(token: str, bends: list[Bend], others: list[str]) -> Iterator[str]:
    """The token after each of these changes."""
    for bend in bends:
        token = WAYS[bend.how](token, bend, others)
        yield token
