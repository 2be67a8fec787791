"""Whether a password is worth having: long, hard to guess, and not just its owner's own words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib import import_module
from math import prod
from threading import Lock
from typing import Any

from app.kit.problems import ValidationFailed
from app.kit.settings import settings
from app.users import passwords

SERVICE_NAME = "latchkey"
LEAST_SCORE = 2
LEAST_REST = 8
LEAST_OWN_WORD = 3
LEAST_OWN_SUBSTANCE = 4
LONGEST_OWN_WORD = 320

LOOKED_AT = 72
AFFORDABLE = 8 * LOOKED_AT**2

TOO_LONG = f"This is too long: use at most {passwords.MAX_LENGTH} characters."
TOO_EASY = "This is easily guessed: add a word or two that nobody would expect."
TOO_OWN = (
    "Without your own name, your address and the name of this service too little is left: "
    "add words that have nothing to do with you."
)

# zxcvbn keeps the last caller's own words in one dictionary for all threads.
ONE_AT_A_TIME = Lock()


def errors(password: str, *, own_words: Iterable[str | None], pointer: str) -> list[dict[str, str]]:
    """What `weaknesses` finds, as members of a refusal."""
    known = [word for word in own_words if word]
    weak = weaknesses(password, own_words=known, min_length=settings().password_min_length)
    return [{"pointer": pointer, "detail": sentence} for sentence in weak]


def check(password: str, *, own_words: Iterable[str | None], pointer: str = "/password") -> None:
    """Take a password that is worth having.

    Raises:
        ValidationFailed: it is not, and what helps.
    """
    found = errors(password, own_words=own_words, pointer=pointer)
    if found:
        raise ValidationFailed(members={"errors": found})


def weaknesses(password: str, *, own_words: Iterable[str], min_length: int) -> list[str]:
    """What is wrong with a password and what helps, in sentences; none for an acceptable one.

    It must have `min_length` (at least 1) to 128 characters after NFC and be hard to guess, even
    without words that anybody could take from `own_words`, the account's address and name.
    """
    text = passwords.normalised(password)
    if len(text) < min_length:
        return [f"This is too short: use at least {min_length} characters."]
    if len(text) > passwords.MAX_LENGTH:
        return [TOO_LONG]
    own = _pieces([*own_words, SERVICE_NAME])
    rest = _without(own, text)
    if rest != text and (len(rest) < LEAST_REST or _score(rest, ()) < LEAST_SCORE):
        return [TOO_OWN]
    return [TOO_EASY] if _score(text, own) < LEAST_SCORE else []


def _pieces(own_words: Iterable[str]) -> Sequence[str]:
    found: dict[str, None] = {}
    for word in own_words:
        lowered = unicodedata.normalize("NFC", word[:LONGEST_OWN_WORD]).lower()
        for part in (lowered, *lowered.split("@")):
            words, letters = re.findall(r"[^\W_]+", part), re.findall(r"[^\W\d_]+", part)
            found |= dict.fromkeys([part, "".join(words), *words, *letters])
    return [piece for piece in found if len(piece) >= LEAST_OWN_WORD]


def _without(own: Sequence[str], text: str) -> str:
    words = [word for word in own if LEAST_OWN_SUBSTANCE <= len(word) <= len(text)]
    both_ways = sorted([*words, *(word[::-1] for word in words)], key=len, reverse=True)
    return re.sub("|".join(map(_spellings, both_ways)), "", text, flags=re.IGNORECASE)


def _spellings(word: str) -> str:
    substitutes = _zxcvbn().matching.L33T_TABLE
    return "".join(f"[{re.escape(''.join([c, *substitutes.get(c, ())]))}]" for c in word)


def _score(text: str, own: Sequence[str]) -> int:
    # zxcvbn takes digits with a line break for a date, and raises.
    seen = _affordable(text).replace("\n", " ")
    with ONE_AT_A_TIME:
        return int(_zxcvbn().zxcvbn(seen, user_inputs=own)["score"])


def _affordable(text: str) -> str:
    """The longest beginning, of 16 to 72 characters, whose l33t spellings zxcvbn undoes in time."""
    tables = _zxcvbn().matching.L33T_TABLE.values()
    for length in range(min(len(text), LOOKED_AT), 1, -1):
        characters = set(text[:length])
        spellings = prod(len(characters & set(table)) or 1 for table in tables)
        if spellings * length**2 <= AFFORDABLE:
            return text[:length]
    return text[:1]


def _zxcvbn() -> Any:
    # 14 MiB and 45 ms, which only a worker that is shown a new password should pay.
    return import_module("zxcvbn")
