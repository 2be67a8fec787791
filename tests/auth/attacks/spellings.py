"""The good token in another spelling, or with something around it: a token is one string."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

from tests.auth.attacks.attack import RINGS, Attack, Way
from tests.auth.attacks.bench import Bench, Forge, by, encoded, json_text

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FULL_WIDTH = {ord("!") + n: 0xFF01 + n for n in range(94)}
CYRILLIC = str.maketrans("eaopcxyK", "\u0435\u0430\u043e\u0440\u0441\u0445\u0443\u041a")
Change = Callable[[str], str]


def _respelt(segment: str, bit: int = 1) -> str:
    """The same bytes, if the unused bits of the last character are ignored."""
    return segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) ^ bit]


def _in_segment(number: int, change: Change) -> Change:
    def changed(token: str) -> str:
        parts = token.split(".")
        parts[number] = change(parts[number])
        return ".".join(parts)

    return changed


def _middle(what: str) -> Change:
    return lambda token: token[: len(token) // 2] + what + token[len(token) // 2 :]


SPELLINGS: dict[str, Change] = {
    "a padded header": _in_segment(0, lambda part: part + "=" * (-len(part) % 4 or 4)),
    "padded claims": _in_segment(1, lambda part: part + "=" * (-len(part) % 4 or 4)),
    "all padded": lambda token: ".".join(part + "=" * (-len(part) % 4 or 4) for part in token.split(".")),
    "a line break in the middle": _middle("\n"),
    "CR LF in the middle": _middle("\r\n"),
    "a line break behind": lambda token: token + "\n",
    "CR LF behind": lambda token: token + "\r\n",
    "a line break before": lambda token: "\n" + token,
    "a form feed behind": lambda token: token + "\f",
    "a vertical tab behind": lambda token: token + "\v",
    "a NUL behind": lambda token: token + "\0",
    "a NUL before": lambda token: "\0" + token,
    "a NUL in the middle": _middle("\0"),
    "a NUL and more behind": lambda token: token + "\0.x.y",
    "a DEL behind": lambda token: token + "\x7f",
    "a no-break space before": lambda token: "\N{NO-BREAK SPACE}" + token,
    "a no-break space behind": lambda token: token + "\N{NO-BREAK SPACE}",
    "a line separator behind": lambda token: token + "\N{LINE SEPARATOR}",
    "a zero-width space in the middle": _middle("\N{ZERO WIDTH SPACE}"),
    "a soft hyphen in the middle": _middle("\N{SOFT HYPHEN}"),
    "a combining accent behind": lambda token: token + "\N{COMBINING ACUTE ACCENT}",
    "a BOM before": lambda token: "\N{ZERO WIDTH NO-BREAK SPACE}" + token,
    "a lone surrogate behind": lambda token: token + "\udc80",
    "a bidirectional override before": lambda token: "\N{RIGHT-TO-LEFT OVERRIDE}" + token,
    "full-width letters": lambda token: token.translate(FULL_WIDTH),
    "a full-width dot": lambda token: token.replace(".", "\N{FULLWIDTH FULL STOP}", 1),
    "an ideographic dot": lambda token: token.replace(".", "\N{IDEOGRAPHIC FULL STOP}", 1),
    "a Cyrillic e": lambda token: token.replace("e", "\N{CYRILLIC SMALL LETTER IE}", 1),
    "Cyrillic letters": lambda token: token.translate(CYRILLIC),
    "an Arabic digit": _middle("\N{ARABIC-INDIC DIGIT ONE}"),
    "percent-encoded dots": lambda token: token.replace(".", "%2e"),
    "a percent-encoded first letter": lambda token: f"%{ord(token[0]):02X}{token[1:]}",
    "percent-encoded throughout": lambda token: "".join(f"%{ord(letter):02x}" for letter in token),
    "quoted for a URL twice": lambda token: quote(quote(token + "=")),
    "as HTML": lambda token: token.replace(".", "&#46;"),
    "in single quotes": lambda token: f"'{token}'",
    "in angle brackets": lambda token: f"<{token}>",
    "in curly quotes": lambda token: f"\N{LEFT DOUBLE QUOTATION MARK}{token}\N{RIGHT DOUBLE QUOTATION MARK}",
    "the other case": str.swapcase,
    "lower case": str.lower,
    "capitals": str.upper,
    "another case in the signature": _in_segment(2, str.swapcase),
    "reversed": lambda token: token[::-1],
    "in base64": lambda token: b64encode(token.encode()).decode(),
    "in base64url": lambda token: encoded(token.encode()),
    "in hex": lambda token: token.encode().hex(),
    "bearer before, with a colon": lambda token: f"bearer:{token}",
    "two, joined by a comma": lambda token: f"{token},{token}",
    "a parameter before": lambda token: f"token={token}",
    "a scheme before": lambda token: f"jwt:{token}",
    "a letter behind": lambda token: token + "A",
    "a letter before": lambda token: "A" + token,
    "a dash behind": lambda token: token + "-",
    "a tilde behind": lambda token: token + "~",
}
OF_LENGTH: dict[str, Change] = {
    "padding behind": lambda token: token + "=",
    "two paddings behind": lambda token: token + "==",
    "its signature padded": _in_segment(2, lambda part: part + "=" * (-len(part) % 4)),
    "its signature padded, and a fourth segment": lambda token: token + "=.",
    "its last character respelt": _in_segment(2, _respelt),
    "its last character respelt otherwise": _in_segment(2, lambda part: _respelt(part, 2)),
}
NO_COOKIE: dict[str, Change] = {  # a cookie's own grammar knows neither white space nor quotes
    "a space in the middle": _middle(" "),
    "a tab in the middle": _middle("\t"),
    "a space after a dot": lambda token: token.replace(".", ". ", 1),
    "folded as old mails are": _middle("\r\n "),
    "Bearer before": lambda token: f"Bearer {token}",
    "JWT before": lambda token: f"JWT {token}",
    "two headers joined": lambda token: f"{token}, Bearer {token}",
    "another scheme joined": lambda token: f"{token}, Basic YTpi",
    "a space before": lambda token: " " + token,
    "a space behind": lambda token: token + " ",
    "a tab before": lambda token: "\t" + token,
    "a tab behind": lambda token: token + "\t",
    "in quotes": lambda token: f'"{token}"',
    "in half of the quotes": lambda token: f'"{token}',
    "in JSON": lambda token: json.dumps({"access_token": token}),
    "a semicolon behind": lambda token: token + ";",
    "a parameter behind": lambda token: token + "; error=none",
}
TWO_COOKIES: dict[str, Callable[[str, str], str]] = {
    "the good one twice": lambda good, name: f"{good}; {name}={good}",
    "the good one and a bad one": lambda good, name: f"{good}; {name}=x",
    "a bad one and the good one": lambda good, name: f"x; {name}={good}",
    "the good one and none": lambda good, name: f"{good}; {name}=",
}
OTHER_LETTERS = {"-": "+", "_": "/"}


def _of_good(change: Change) -> Forge:
    return lambda bench: change(bench.good)


def _two_cookies(join: Callable[[str, str], str]) -> Forge:
    return lambda bench: join(bench.good, f"__Host-{bench.kind}_token")


def _in_plain_base64(letter: str) -> Forge:
    """A well-signed token with this letter in it, spelt as base64 that is not for URLs."""

    def forge(bench: Bench) -> str:
        signed = (bench.token(None, json_text([*bench.claims.items(), ("x", n)])) for n in range(1000))
        return next(token for token in signed if letter in token).replace(letter, OTHER_LETTERS[letter])

    return forge


def _respelt_and_signed(number: int) -> Forge:
    """Header or claims end in a character with unused bits, these are set, and the signature is over just that."""

    def forge(bench: Bench) -> str:
        members = [bench.header, bench.claims][number]
        texts = (json_text(members.items()) + b" " * spaces for spaces in range(3))
        parts = bench.good.split(".")[:2]
        parts[number] = _respelt(next(part for part in map(encoded, texts) if len(part) % 4))
        text = ".".join(parts)
        return f"{text}.{encoded(by(bench.key.private, bench.key.algorithm)(text.encode()))}"

    return forge


def _padded_and_signed(number: int) -> Forge:
    """Header or claims with their padding, and the signature is over just that."""

    def forge(bench: Bench) -> str:
        parts = bench.good.split(".")[:2]
        parts[number] += "=" * (-len(parts[number]) % 4 or 4)
        text = ".".join(parts)
        return f"{text}.{encoded(by(bench.key.private, bench.key.algorithm)(text.encode()))}"

    return forge


def _of_the_good_one() -> Iterator[Attack]:
    for name, change in SPELLINGS.items():
        yield Attack(name=f"the good one, {name}", forge=_of_good(change))
    for name, change in OF_LENGTH.items():  # 384 bytes leave nothing over, so that PS256 knows no second spelling
        yield Attack(name=f"the good one, {name}", forge=_of_good(change), rings=("HS256", "ES256", "EdDSA"))
    for name, change in NO_COOKIE.items():
        yield Attack(name=f"the good one, {name}", forge=_of_good(change), ways=(Way.BEARER,))
    for name, join in TWO_COOKIES.items():
        yield Attack(name=f"two cookies, {name}", forge=_two_cookies(join), ways=(Way.COOKIE,))


def _of_another() -> Iterator[Attack]:
    for letter, other in OTHER_LETTERS.items():
        yield Attack(name=f"{other} for {letter}", forge=_in_plain_base64(letter), rings=RINGS)
    for number, where in enumerate(("header", "claims")):
        yield Attack(name=f"the {where} respelt, and signed so", forge=_respelt_and_signed(number), rings=RINGS)
        yield Attack(name=f"the {where} padded, and signed so", forge=_padded_and_signed(number), rings=RINGS)


ATTACKS = (*_of_the_good_one(), *_of_another())
