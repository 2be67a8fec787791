"""`alg: none` in all spellings, and segments that are missing, empty or too many."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.auth.attacks.attack import RINGS, Attack, Way
from tests.auth.attacks.bench import ABSENT, Bench, Forge, changed, encoded, json_text

NONES: tuple[Any, ...] = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "noNe",
    " none",
    "none ",
    "none\n",
    "none\x00",
    "\tnone",
    "n\N{CYRILLIC SMALL LETTER O}ne",
    "\N{FULLWIDTH LATIN SMALL LETTER N}one",
    "no\N{ZERO WIDTH SPACE}ne",
    "n\N{LATIN SMALL LETTER O WITH DIAERESIS}ne",
    "null",
    "nil",
    "plain",
    "HS0",
    "",
    None,
    False,
    0,
    [],
    ["none"],
    {},
    {"alg": "none"},
)
BARE_HEADERS: tuple[Mapping[str, Any], ...] = (
    {},
    {"alg": "none"},
    {"typ": "JWT", "alg": "none"},
    {"typ": "at+jwt", "alg": "none"},
    {"typ": "at+jwt"},
)


def _kept(bench: Bench) -> str:
    return bench.good.split(".")[2]


SIGNATURES: dict[str, Callable[[Bench], str]] = {
    "an empty signature": lambda _bench: "",
    "the old signature": _kept,
    "four zero bytes": lambda _bench: encoded(b"\0" * 4),
}


def _said(alg: object, signature: Callable[[Bench], str]) -> Forge:
    def forge(bench: Bench) -> str:
        header = bench.header | {"alg": alg}
        return bench.unsigned({name: value for name, value in header.items() if value is not ABSENT}, signature(bench))

    return forge


def _nones() -> Iterator[Attack]:
    for alg in (*NONES, ABSENT):
        for how, signature in SIGNATURES.items():
            name = "absent" if alg is ABSENT else ascii(alg)
            rings = RINGS if str(alg).lower() == "none" else ()
            yield Attack(name=f"alg {name} with {how}", forge=_said(alg, signature), rings=rings)
    yield Attack(name="alg none and no third segment", forge=lambda b: _said("none", _kept)(b).rpartition(".")[0])
    yield Attack(name="alg none, signed as always", forge=lambda b: b.token(changed(b.header, {"alg": "none"}, b)))


def _bare(header: Mapping[str, Any]) -> Forge:
    return lambda bench: bench.unsigned(header)


def _of_segments(make: Callable[[str, str, str], str]) -> Forge:
    return lambda bench: make(*bench.good.split("."))


def _mixed(make: Callable[[list[str], list[str]], str]) -> Forge:
    return lambda bench: make(bench.good.split("."), bench.of_mallory.split("."))


SEGMENTS: dict[str, Callable[[str, str, str], str]] = {
    "nothing at all": lambda _h, _c, _s: "",
    "one dot": lambda _h, _c, _s: ".",
    "two dots": lambda _h, _c, _s: "..",
    "three dots": lambda _h, _c, _s: "...",
    "only the header": lambda h, _c, _s: h,
    "only the claims": lambda _h, c, _s: c,
    "no signature": lambda h, c, _s: f"{h}.{c}",
    "an empty signature": lambda h, c, _s: f"{h}.{c}.",
    "an empty header": lambda _h, c, s: f".{c}.{s}",
    "no header": lambda _h, c, s: f"{c}.{s}",
    "empty claims": lambda h, _c, s: f"{h}..{s}",
    "no claims": lambda h, _c, s: f"{h}.{s}",
    "only the signature": lambda _h, _c, s: f"..{s}",
    "a dot behind": lambda h, c, s: f"{h}.{c}.{s}.",
    "a dot before": lambda h, c, s: f".{h}.{c}.{s}",
    "dots doubled": lambda h, c, s: f"{h}..{c}..{s}",
    "a fourth segment": lambda h, c, s: f"{h}.{c}.{s}.{s}",
    "five segments, as encrypted tokens have": lambda h, c, s: f"{h}.{c}.{s}.{c}.{s}",
    "the claims twice": lambda h, c, s: f"{h}.{c}.{c}.{s}",
    "the header as claims": lambda h, _c, s: f"{h}.{h}.{s}",
    "the claims as header": lambda _h, c, s: f"{c}.{c}.{s}",
    "segments turned round": lambda h, c, s: f"{s}.{c}.{h}",
    "claims before the header": lambda h, c, s: f"{c}.{h}.{s}",
    "the claims as signature": lambda h, c, _s: f"{h}.{c}.{c}",
    "the token twice": lambda h, c, s: f"{h}.{c}.{s}{h}.{c}.{s}",
    "commas for dots": lambda h, c, s: f"{h},{c},{s}",
    "no dots": lambda h, c, s: f"{h}{c}{s}",
    "claims that are empty JSON": lambda h, _c, s: f"{h}.{encoded(json_text([]))}.{s}",
}
NO_COOKIE: dict[str, Callable[[str, str, str], str]] = {  # a cookie has no quotes inside
    "the flattened JSON form": lambda h, c, s: f'{{"protected":"{h}","payload":"{c}","signature":"{s}"}}',
    "the general JSON form": lambda h, c, s: (
        f'{{"payload":"{c}","signatures":[{{"protected":"{h}","signature":"{s}"}}]}}'
    ),
}
MIXED: dict[str, Callable[[list[str], list[str]], str]] = {
    "mallory's claims": lambda own, other: f"{own[0]}.{other[1]}.{own[2]}",
    "mallory's signature": lambda own, other: f"{own[0]}.{own[1]}.{other[2]}",
    "mallory's header and claims": lambda own, other: f"{other[0]}.{other[1]}.{own[2]}",
}

ATTACKS = (
    *_nones(),
    *(Attack(name=f"unsigned, the header {dict(header)}", forge=_bare(header)) for header in BARE_HEADERS),
    *(Attack(name=f"segments: {name}", forge=_of_segments(make)) for name, make in SEGMENTS.items()),
    *(
        Attack(name=f"segments: {name}", forge=_of_segments(make), ways=(Way.BEARER,))
        for name, make in NO_COOKIE.items()
    ),
    *(Attack(name=f"segments: {name}", forge=_mixed(make)) for name, make in MIXED.items()),
)
