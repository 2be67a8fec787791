"""Signatures that are blank, cut, bent, foreign, or follow from the mathematics of the algorithm alone."""

from collections.abc import Callable, Iterator
from hmac import digest

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm

from app.keys.algorithms import ALGORITHMS
from tests.auth.attacks.attack import RINGS, Attack
from tests.auth.attacks.bench import Bench, Forge, by, by_secret, decoded, encoded, foreign, with_signature
from tests.conftest import SECRET

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)


def _flipped(signature: bytes, at: int, bit: int = 1) -> bytes:
    index = at % len(signature)
    return signature[:index] + bytes([signature[index] ^ bit]) + signature[index + 1 :]


BENT: dict[str, Callable[[bytes], bytes]] = {
    "one zero byte": lambda _s: b"\0",
    "cut by a byte": lambda s: s[:-1],
    "cut at its front": lambda s: s[1:],
    "its first half": lambda s: s[: len(s) // 2],
    "its first byte": lambda s: s[:1],
    "doubled": lambda s: s + s,
    "a zero byte longer": lambda s: s + b"\0",
    "a zero byte before it": lambda s: b"\0" + s,
    "a line break behind it": lambda s: s + b"\n",
    "its first bit flipped": lambda s: _flipped(s, 0, 0x80),
    "its last bit flipped": lambda s: _flipped(s, -1),
    "a bit in the middle flipped": lambda s: _flipped(s, len(s) // 2, 0x10),
    "all bits flipped": lambda s: bytes(byte ^ 0xFF for byte in s),
    "zero": lambda s: bytes(len(s)),
    "one": lambda s: bytes(len(s) - 1) + b"\1",
    "all ones": lambda s: b"\xff" * len(s),
    "reversed": lambda s: s[::-1],
    "its halves swapped": lambda s: s[len(s) // 2 :] + s[: len(s) // 2],
    "in hex": lambda s: s.hex().encode(),
    "encoded twice": lambda s: encoded(s).encode(),
}
SIGNED: dict[str, Callable[[bytes], bytes]] = {
    "the header alone": lambda text: text.split(b".")[0],
    "the claims alone": lambda text: text.split(b".")[1],
    "the segments without the dot": lambda text: text.replace(b".", b""),
    "the segments and a line break": lambda text: text + b"\n",
    "the segments and a dot": lambda text: text + b".",
    "the decoded bytes": lambda text: b".".join(decoded(part.decode()) for part in text.split(b".")),
    "nothing": lambda _text: b"",
}
SECRETS: dict[str, bytes] = {
    "an empty key": b"",
    "a zero byte": b"\0",
    "32 zero bytes": bytes(32),
    "the word secret": b"secret",
    "the issuer": b"latchkey",
    "SECRET_KEY": SECRET.encode(),
}


def _over(what: Callable[[bytes], bytes]) -> Forge:
    return lambda bench: bench.token(sign=lambda text: by(bench.key.private, bench.key.algorithm)(what(text)))


def _bent(bend: Callable[[bytes], bytes]) -> Forge:
    return with_signature(lambda bench: bend(bench.signature))


def _foreign(algorithm: str) -> Forge:
    return lambda bench: bench.token(sign=by(foreign(algorithm), algorithm))


def _by_another(which: str) -> Forge:
    return lambda bench: bench.token(sign=by(bench.keys[which].private, bench.keys[which].algorithm))


def _keyed(secret: bytes) -> Forge:
    return lambda bench: bench.token(sign=by_secret(secret))


def _hashed(name: str) -> Forge:
    def forge(bench: Bench) -> str:
        secret = bench.key.private
        assert isinstance(secret, bytes)
        return bench.token(sign=lambda text: digest(secret, text, name))

    return forge


def _pair(r: int | None, s: int | None) -> Forge:
    """An ECDSA signature with one or both of its numbers put in place."""

    def make(bench: Bench) -> bytes:
        good = bench.signature
        first = good[:32] if r is None else r.to_bytes(32, "big")
        return first + (good[32:] if s is None else s.to_bytes(32, "big"))

    return with_signature(make)


def _ec(sign: Callable[[EllipticCurvePrivateKey, bytes], bytes]) -> Forge:
    def forge(bench: Bench) -> str:
        private = bench.key.private
        assert isinstance(private, EllipticCurvePrivateKey)
        return bench.token(sign=lambda text: sign(private, text))

    return forge


def _rsa(sign: Callable[[RSAPrivateKey, bytes], bytes]) -> Forge:
    def forge(bench: Bench) -> str:
        private = bench.key.private
        assert isinstance(private, RSAPrivateKey)
        return bench.token(sign=lambda text: sign(private, text))

    return forge


def _pss(hashed: HashAlgorithm, mask: HashAlgorithm, salt: int) -> Forge:
    return _rsa(lambda private, text: private.sign(text, PSS(MGF1(mask), salt), hashed))


def _modulus(private: RSAPrivateKey) -> int:
    return private.public_key().public_numbers().n


def _plus_modulus(bench: Bench) -> bytes:
    assert isinstance(bench.key.private, RSAPrivateKey)
    number = int.from_bytes(bench.signature, "big") + _modulus(bench.key.private)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _plus_order(bench: Bench) -> bytes:
    scalar = int.from_bytes(bench.signature[32:], "little") + ED25519_ORDER
    return bench.signature[:32] + scalar.to_bytes(32, "little")


def _small(point: str) -> Forge:
    return with_signature(lambda _bench: bytes.fromhex(point) + bytes(32))


def _without_its_zero(private: RSAPrivateKey, text: bytes) -> bytes:
    """As a number it is the same: one signature of 256 begins so, and each is salted anew."""
    signatures = iter(lambda: by(private, "PS256")(text), b"")
    return next(each for each in signatures if each[0] == 0)[1:]


HMAC: dict[str, Forge] = {
    **{f"keyed with {name}": _keyed(secret) for name, secret in SECRETS.items()},
    "keyed with the kid": lambda bench: bench.token(sign=by_secret(bench.key.kid.encode())),
    "cut to 128 bits": _bent(lambda s: s[:16]),
    **{f"under {name}": _hashed(name) for name in ("sha1", "sha384", "sha512", "sha3_256", "md5")},
}
ES256: dict[str, Forge] = {
    "as DER": _ec(lambda private, text: private.sign(text, ECDSA(SHA256()))),
    "over SHA-384": _ec(lambda private, text: private.sign(text, ECDSA(SHA384()))[-64:]),
    "r = 0": _pair(0, None),
    "s = 0": _pair(None, 0),
    "r = s = 0, the psychic one": _pair(0, 0),
    "r = n": _pair(P256_ORDER, None),
    "s = n": _pair(None, P256_ORDER),
    "r = s = n": _pair(P256_ORDER, P256_ORDER),
    "r = n, s = 0": _pair(P256_ORDER, 0),
    "r = 0, s = n": _pair(0, P256_ORDER),
    "r = p": _pair(P256_PRIME, None),
    "r = s = 1": _pair(1, 1),
    "r = s": _bent(lambda s: s[:32] + s[:32]),
    "each number a byte longer": _bent(lambda s: b"\0" + s[:32] + b"\0" + s[32:]),
    "DER of zeros": with_signature(lambda _bench: bytes.fromhex("3006020100020100")),
}
EDDSA: dict[str, Forge] = {
    **{f"small order point {index}, s = 0": _small(point) for index, point in enumerate(SMALL_ORDER)},
    "s + L": with_signature(_plus_order),
    "s = L": _bent(lambda s: s[:32] + ED25519_ORDER.to_bytes(32, "little")),
    "s = 0": _bent(lambda s: s[:32] + bytes(32)),
}
PS256: dict[str, Forge] = {
    "as PKCS #1 v1.5": _rsa(lambda private, text: private.sign(text, PKCS1v15(), SHA256())),
    "without salt": _pss(SHA256(), SHA256(), 0),
    "with the longest salt": _pss(SHA256(), SHA256(), 350),
    "masked by SHA-1": _pss(SHA256(), SHA1(), 32),  # noqa: S303  an attacker's choice
    "over SHA-1": _pss(SHA1(), SHA1(), 20),  # noqa: S303  the same
    "over SHA-512": _pss(SHA512(), SHA512(), 64),
    "that begins with zero, without the zero": _rsa(_without_its_zero),
    "plus the modulus": with_signature(_plus_modulus),
    "equal to the modulus": _rsa(lambda private, _text: _modulus(private).to_bytes(384, "big")),
    "one less than the modulus": _rsa(lambda private, _text: (_modulus(private) - 1).to_bytes(384, "big")),
}


OF_ONE_ALGORITHM = {"HS256": HMAC, "ES256": ES256, "EdDSA": EDDSA, "PS256": PS256}


def _of_any_algorithm() -> Iterator[Attack]:
    for name, bend in BENT.items():
        yield Attack(name=f"signature {name}", forge=_bent(bend), rings=RINGS)
    for name, what in SIGNED.items():
        yield Attack(name=f"signature over {name}", forge=_over(what))
    for algorithm in ALGORITHMS:
        yield Attack(name=f"signed by a foreign {algorithm} key", forge=_foreign(algorithm), rings=RINGS)
    for which in ("next", "same family", "other family"):
        yield Attack(name=f"signed by the key {which}", forge=_by_another(which), rings=RINGS)


ATTACKS = (
    *_of_any_algorithm(),
    *(
        Attack(name=f"{ring} signature {name}", forge=forge, rings=(ring,))
        for ring, table in OF_ONE_ALGORITHM.items()
        for name, forge in table.items()
    ),
)
