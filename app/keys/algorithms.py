"""The algorithms of RFC 7518 and RFC 8037 that may sign, and their keys: made, stored, read, shown.

ES256, EdDSA and PS256 are the good choices where other services verify; RS256 and RS512 (RSASSA-PKCS1-v1_5) are there
for services that know nothing newer. HS256 and its kin are for this service alone.
"""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from jwt import PyJWTError, get_algorithm_by_name

from app.kit.secrets import random_bytes

HMAC_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
RSA = ("PS256", "RS256", "RS512")
ALGORITHMS = (*HMAC_BYTES, "ES256", "EdDSA", *RSA)
CURVE_SIGNATURE_BYTES = 64
RSA_BITS, RSA_EXPONENT = 3072, 65537
THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}

Private = bytes | EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey


class UnfitKey(ValueError):
    """The key cannot be used; the sentence says why."""


def is_symmetric(algorithm: str) -> bool:
    """Whether who verifies could also sign."""
    return algorithm in HMAC_BYTES


def make(algorithm: str) -> Private:
    """A new key for the algorithm."""
    if algorithm in HMAC_BYTES:
        return random_bytes(HMAC_BYTES[algorithm])
    if algorithm == "ES256":
        return generate_ec(SECP256R1())
    if algorithm == "EdDSA":
        return Ed25519PrivateKey.generate()
    return generate_rsa(RSA_EXPONENT, RSA_BITS)


def pack(private: Private) -> bytes:
    """The key as bytes: raw for HMAC, PKCS #8 DER otherwise."""
    if isinstance(private, bytes):
        return private
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def unpack(algorithm: str, packed: bytes) -> Private:
    """The key that `pack` made bytes of.

    Raises:
        UnfitKey: it does not belong to the algorithm.
    """
    try:
        private = packed if is_symmetric(algorithm) else load_der_private_key(packed, None)
    except ValueError:
        raise UnfitKey("The key is damaged.") from None
    return checked(algorithm, private)


def signature_bytes(algorithm: str, private: Private) -> int:
    """How long every signature of the key is (RFC 7518, 3.2 to 3.5; RFC 8032, 5.1.6; RFC 8017, 8.1.2)."""
    if isinstance(private, RSAPrivateKey):
        return -(-private.key_size // 8)
    return HMAC_BYTES.get(algorithm, CURVE_SIGNATURE_BYTES)


def verifier(private: Private) -> Any:
    """What verifies: the public key, or the same bytes for HMAC."""
    return private if isinstance(private, bytes) else private.public_key()


def public_jwk(algorithm: str, private: Private) -> dict[str, Any]:
    """The public members (RFC 7517), without `kid`; never for HMAC."""
    shown: dict[str, Any] = get_algorithm_by_name(algorithm).to_jwk(verifier(private), as_dict=True)
    return {name: value for name, value in shown.items() if name != "key_ops"} | {"use": "sig", "alg": algorithm}


def thumbprint(jwk: dict[str, Any]) -> str:
    """The JWK thumbprint (RFC 7638, SHA-256)."""
    members = {name: jwk[name] for name in THUMBPRINT[jwk["kty"]]}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode()


def read_foreign(text: bytes) -> tuple[str, Private]:
    """The algorithm and private key of a PEM or a JWK; RSA without `alg` becomes PS256.

    Raises:
        UnfitKey: neither, or not private, or too weak.
    """
    if text.lstrip().startswith(b"{"):
        return _read_jwk(text)
    try:
        private = load_pem_private_key(text, None)
    except TypeError:
        raise UnfitKey("The PEM is encrypted; give it in the clear, by standard input.") from None
    except ValueError:
        raise UnfitKey("This is neither a private key in PEM nor a JWK.") from None
    algorithm = _natural(private)
    return algorithm, checked(algorithm, private)


def checked(algorithm: str, private: Any) -> Private:
    """The key, if it is one for the algorithm and strong enough.

    Raises:
        UnfitKey: another type of key, or a weak one.
    """
    kinds: dict[str, type] = {"ES256": EllipticCurvePrivateKey, "EdDSA": Ed25519PrivateKey}
    kind = bytes if is_symmetric(algorithm) else kinds.get(algorithm, RSAPrivateKey)
    if not isinstance(private, kind):
        raise UnfitKey(f"{algorithm} needs another kind of key.")
    if isinstance(private, bytes) and len(private) < HMAC_BYTES[algorithm]:
        raise UnfitKey(f"{algorithm} needs a key of at least {HMAC_BYTES[algorithm]} bytes.")
    if isinstance(private, EllipticCurvePrivateKey) and not isinstance(private.curve, SECP256R1):
        raise UnfitKey("Of the elliptic curves only P-256 is taken.")
    if isinstance(private, RSAPrivateKey):
        _check_rsa(private)
    return private  # type: ignore[return-value]  # one of Private: judged above by a type in a variable


def _check_rsa(private: RSAPrivateKey) -> None:
    if private.key_size < RSA_BITS:
        raise UnfitKey(f"RSA needs at least {RSA_BITS} bits.")
    if private.public_key().public_numbers().e != RSA_EXPONENT:
        raise UnfitKey(f"RSA needs the public exponent {RSA_EXPONENT}.")


def _natural(private: object) -> str:
    if isinstance(private, EllipticCurvePrivateKey):
        return "ES256"
    return "EdDSA" if isinstance(private, Ed25519PrivateKey) else "PS256"


def _read_jwk(text: bytes) -> tuple[str, Private]:
    try:
        jwk = json.loads(text)
        natural = {"oct": "HS256", "EC": "ES256", "OKP": "EdDSA", "RSA": "PS256"}[jwk["kty"]]
        algorithm = jwk.get("alg", natural)
        if algorithm not in ALGORITHMS:
            raise UnfitKey("Its alg is not one of " + ", ".join(ALGORITHMS) + ".")
        return algorithm, checked(algorithm, get_algorithm_by_name(algorithm).from_jwk(jwk))
    except (PyJWTError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnfitKey("The JWK cannot be read.") from None
    except ValueError as unfit:
        raise unfit if isinstance(unfit, UnfitKey) else UnfitKey("The JWK cannot be read.") from None
