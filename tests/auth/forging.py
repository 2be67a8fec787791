"""Tokens made by hand, under the deployment's own key or another, so that exactly one thing is wrong with them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hmac import digest
from typing import Any

from flask import Flask

from app.keys.ring import ring

ABSENT = object()


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(segment: str) -> Any:
    """The JSON in a segment."""
    return json.loads(urlsafe_b64decode(segment + "=="))


def header_of(token: str) -> dict[str, Any]:
    """What the token's header says."""
    header: dict[str, Any] = decoded(token.partition(".")[0])
    return header


def claims_of(token: str) -> dict[str, Any]:
    """What the token claims."""
    claims: dict[str, Any] = decoded(token.split(".")[1])
    return claims


def changed(members: Mapping[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members with some changed, and those that are ABSENT left out."""
    return {name: value for name, value in {**members, **(changes or {})}.items() if value is not ABSENT}


def signed(app: Flask, header: bytes, payload: bytes, *, hash_name: str = "sha256") -> str:
    """These very bytes under the deployment's signing key."""
    with app.app_context():
        material = ring().active().private
    assert isinstance(material, bytes)
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(digest(material, text.encode(), hash_name))}"


def forged(
    app: Flask, token: str, *, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None
) -> str:
    """The token with some of its header or claims changed, signed again by the real key."""
    head = json.dumps(changed(header_of(token), header)).encode()
    return signed(app, head, json.dumps(changed(claims_of(token), claims)).encode())


def tampered(token: str, claims: Mapping[str, Any]) -> str:
    """The token with some claims changed, under the signature of the old ones."""
    head, _, signature = token.split(".")
    return ".".join((head, encoded(json.dumps(changed(claims_of(token), claims)).encode()), signature))


def bearer(token: str) -> dict[str, str]:
    """The header that presents the token."""
    return {"Authorization": f"Bearer {token}"}
