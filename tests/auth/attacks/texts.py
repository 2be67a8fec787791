"""Header and claims that are no JSON object, or none that only one reading fits; all signed by the real key."""

import json
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.auth.attacks.attack import Attack
from tests.auth.attacks.bench import Bench, Forge, Signer, json_text

Change = Callable[[bytes], bytes]
NOT_AN_OBJECT: dict[str, bytes] = {
    "nothing": b"",
    "a space": b" ",
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a string": b'"text"',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "NaN": b"NaN",
    "a number without end": b"9" * 2000,
    "XML": b"<claims/>",
    "zero bytes": bytes(64),
    "an open object": b"{",
    "a closed object": b"}",
    "open lists": b"[" * 2000,
    "open objects": b'{"a":' * 400,
}
BENT: dict[str, Change] = {
    "in a list": lambda text: b"[" + text + b"]",
    "in a string": lambda text: json.dumps(text.decode()).encode(),
    "as a list of pairs": lambda text: json.dumps(list(json.loads(text).items())).encode(),
    "twice": lambda text: text + text,
    "twice, with a line break": lambda text: text + b"\n" + text,
    "with a letter behind": lambda text: text + b"x",
    "with a brace behind": lambda text: text + b"}",
    "with a comma behind": lambda text: text + b",",
    "with a NUL behind": lambda text: text + b"\0",
    "with a NUL before": lambda text: b"\0" + text,
    "with a comma at its end": lambda text: text[:-1] + b",}",
    "with a comma at its start": lambda text: b"{," + text[1:],
    "with a comment": lambda text: text[:-1] + b"/* */}",
    "with a line comment": lambda text: text + b"// end",
    "without its end": lambda text: text[:-1],
    "without its start": lambda text: text[1:],
    "cut in half": lambda text: text[: len(text) // 2],
    "in single quotes": lambda text: text.replace(b'"', b"'"),
    "with bare names": lambda text: text.replace(b'{"', b"{", 1).replace(b'":', b":", 1),
    "with a control character": lambda text: text.replace(b'":"', b'":"\x01', 1),
    "with a no-break space": lambda text: text.replace(b"{", b"{\xc2\xa0", 1),
    "after a UTF-8 BOM": lambda text: b"\xef\xbb\xbf" + text,
    "in UTF-16": lambda text: text.decode().encode("utf-16-le"),
    "in UTF-16 after a BOM": lambda text: text.decode().encode("utf-16"),
    "in UTF-32": lambda text: text.decode().encode("utf-32-be"),
    "in UTF-7": lambda text: text.replace(b"{", b"+AHs-", 1),
    "with a byte that is no UTF-8": lambda text: text[:-1] + b',"x":"\xff"}',
    "with an overlong letter": lambda text: text[:-1] + b',"x":"\xc1\xa1"}',
    "with a surrogate in bytes": lambda text: text[:-1] + b',"x":"\xed\xa0\x80"}',
    "with half a letter at its end": lambda text: text + b"\xc3",
    "compressed": zlib.compress,
}
DEPTHS = (100, 500, 800, 900, 940, 960, 980, 1000, 1100)


def _instead(text: bytes, _good: bytes) -> bytes:
    return text


def _header(change: Change) -> Forge:
    return lambda bench: bench.token(change(json_text(bench.header.items())))


def _claims(change: Change) -> Forge:
    return lambda bench: bench.token(None, change(json_text(bench.claims.items())))


def _said_twice(name: str, value: Any, *, last: bool) -> Forge:
    def forge(bench: Bench) -> str:
        said, again = list(bench.header.items()), [(name, bench.header[name] if value is None else value)]
        return bench.token(json_text([*said, *again] if last else [*again, *said]))

    return forge


def _escaped(bench: Bench) -> str:
    return bench.token(json_text(bench.header.items()).replace(b"{", b'{"\\u0061lg":"none",', 1))


def _nested(depth: int, brackets: tuple[bytes, bytes], *, sign: Signer | None) -> Forge:
    deep = brackets[0] * depth + b"1" + brackets[1] * depth

    def forge(bench: Bench) -> str:
        return bench.token(None, json_text(bench.claims.items())[:-1] + b',"x":' + deep + b"}", sign=sign)

    return forge


def _attacks() -> Iterator[Attack]:
    for where, place in (("header", _header), ("claims", _claims)):
        for name, text in NOT_AN_OBJECT.items():
            yield Attack(name=f"{where}: {name}", forge=place(partial(_instead, text)))
        for name, change in BENT.items():
            yield Attack(name=f"{where} {name}", forge=place(change))


def _duplicates() -> Iterator[Attack]:
    for name in ("alg", "kid", "typ"):
        for value in ("none", "JWT", "", None):
            for last in (False, True):
                how = f"{'then' if last else 'first'} {'the same' if value is None else value or 'empty'}"
                yield Attack(name=f"header: {name} twice, {how}", forge=_said_twice(name, value, last=last))
    yield Attack(name="header: alg twice, once in escapes", forge=_escaped)


def _depths() -> Iterator[Attack]:
    """Those that fit the size are unsigned: so deep, a reader may or may not follow, and nobody may stumble."""
    for depth in DEPTHS:
        forge = _nested(depth, (b"[", b"]"), sign=lambda _text: bytes(32))
        yield Attack(name=f"claims with {depth} lists in each other", forge=forge)
    for depth in (100, 300):
        forge = _nested(depth, (b'{"a":', b"}"), sign=lambda _text: bytes(32))
        yield Attack(name=f"claims with {depth} objects in each other", forge=forge)
    for name, brackets in (("lists", (b"[", b"]")), ("objects", (b'{"a":', b"}"))):
        forge = _nested(100_000, brackets, sign=None)
        yield Attack(name=f"claims with 100 000 {name} in each other", forge=forge)


ATTACKS = (*_attacks(), *_duplicates(), *_depths())
