"""What is no token of this kind: other kinds of ours, tokens of other houses, nested ones, and heaps of letters."""

from collections.abc import Callable, Iterator

from app.auth.tokens import Kind
from app.auth.verification import MAX_TOKEN_BYTES
from app.kit.secrets import random_id
from tests.auth.attacks.attack import RINGS, Attack
from tests.auth.attacks.bench import ABSENT, Bench, Forge, changed, json_text

Change = Callable[[str], str]
STRANGERS: dict[str, Change] = {
    "a mailed token": lambda _token: random_id(),
    "a long mailed token": lambda _token: random_id() * 3,
    "a mailed token in three parts": lambda _token: ".".join(random_id() for _ in range(3)),
    "a UUID": lambda _token: "01a200a7-7474-7147-8fbf-c18addcba3f9",
    "an API key": lambda _token: "sk_live_" + random_id(),
    "a PASETO": lambda _token: "v2.local." + random_id(),
    "a Fernet token": lambda _token: "gAAAAA" + random_id() * 2 + "==",
    "a signed cookie": lambda _token: "eyJhIjoxfQ." + random_id()[:6] + "." + random_id()[:27],
    "Basic credentials": lambda _token: "YWxpY2VAZXhhbXBsZS5jb206cGFzc3dvcmQ=",
    "an address": lambda _token: "alice@example.com",
    "the word null": lambda _token: "null",
    "the word undefined": lambda _token: "undefined",
    "an object of JavaScript": lambda _token: "[object_Object]",
    "a template": lambda _token: "{{access_token}}",
    "three letters": lambda _token: "a.b.c",
    "three NULs": lambda _token: "AA.AA.AA",
    "SQL": lambda _token: "'/**/OR/**/1=1--",
    "4 097 letters": lambda _token: "A" * (MAX_TOKEN_BYTES + 1),
    "100 KB": lambda _token: "A" * 100_000,
    "1 MB": lambda _token: "A" * 1_000_000,
    "100 KB in each part": lambda _token: ".".join(["A" * 100_000] * 3),
    "10 000 dots": lambda _token: "." * 10_000,
    "4 096 dots": lambda _token: "." * MAX_TOKEN_BYTES,
    "10 000 parts": lambda _token: "A." * 10_000,
    "the good one, then 1 MB": lambda token: token + "A" * 1_000_000,
    "the good one a thousand times": lambda token: token * 1000,
    "10 000 letters beyond ASCII": lambda _token: "\N{LATIN SMALL LETTER E WITH ACUTE}" * 10_000,
}


OWN_WORDS: dict[str, Callable[[Bench], str]] = {
    "the kid": lambda b: b.key.kid,
    "the jti": lambda b: b.claims["jti"],
    "the sid": lambda b: b.claims["sid"],
    "the sub": lambda b: b.claims["sub"],
    "the CSRF value": lambda b: b.claims["csrf"],
    "the claims as JSON": lambda b: json_text(b.claims.items()).decode().replace('"', ""),
}


def _stranger(make: Change) -> Forge:
    return lambda bench: make(bench.good)


def _padded_out(bench: Bench) -> str:
    """The shortest well-signed token above the limit."""
    claims = bench.claims
    for length in range(MAX_TOKEN_BYTES // 2, MAX_TOKEN_BYTES):
        token = bench.token(None, json_text((claims | {"x": "x" * length}).items()), sign=lambda _text: bench.signature)
        if len(token) > MAX_TOKEN_BYTES:
            return bench.token(None, json_text((claims | {"x": "x" * length}).items()))
    raise AssertionError


def _disguised(*, header: bool, claims: bool) -> Forge:
    """A token of the other kind in the typ, the type, or both, of this one."""

    def forge(bench: Bench) -> str:
        (other,) = set(Kind) - {bench.kind}
        typ = {"typ": other.typ} if header else {}
        type_ = {"type": str(other)} if claims else {}
        return bench.token(changed(bench.header, typ, bench), changed(bench.claims, type_, bench))

    return forge


def _nested(bench: Bench) -> str:
    return bench.token(changed(bench.header, {"cty": "JWT"}, bench), bench.good.encode())


def _wrapped(bench: Bench) -> str:
    return bench.token(None, bench.good.encode())


def _as_json(bench: Bench) -> str:
    return bench.token(None, json_text([("token", bench.good)]))


def _of_openid(bench: Bench) -> str:
    """What an identity provider would sign: no sid, no type, another typ."""
    gone = dict.fromkeys(("sid", "type", "fresh", "roles", "csrf"), ABSENT)
    return bench.token(changed(bench.header, {"typ": "JWT"}, bench), changed(bench.claims, gone, bench))


def _of_oauth(bench: Bench) -> str:
    """RFC 9068: an access token of the same issuer for a client, without a session."""
    gone = dict.fromkeys(("sid", "type", "fresh"), ABSENT)
    return bench.token(None, changed(bench.claims, gone | {"client_id": "x", "scope": "tasks:read"}, bench))


def _attacks() -> Iterator[Attack]:
    for name, make in STRANGERS.items():
        yield Attack(name=name, forge=_stranger(make))
    for name, word in OWN_WORDS.items():
        yield Attack(name=f"{name} alone", forge=word)
    yield Attack(name="a token of the other kind", forge=lambda bench: bench.of_other_kind, rings=RINGS)
    yield Attack(name="the other typ", forge=_disguised(header=True, claims=False), rings=RINGS)
    yield Attack(name="the other type", forge=_disguised(header=False, claims=True), rings=RINGS)
    yield Attack(name="the other typ and type", forge=_disguised(header=True, claims=True), rings=RINGS)
    yield Attack(name="one byte too long, well signed", forge=_padded_out, rings=RINGS)
    yield Attack(name="a token in a token", forge=_nested)
    yield Attack(name="a token as claims", forge=_wrapped)
    yield Attack(name="a token as a claim", forge=_as_json)
    yield Attack(name="an ID token of the same issuer", forge=_of_openid)
    yield Attack(name="a client's access token of the same issuer", forge=_of_oauth)


ATTACKS = tuple(_attacks())
