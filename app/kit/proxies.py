"""Whose address counts, and under which scheme and host we were called, behind TRUSTED_PROXIES proxies."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config

USER_AGENT_LENGTH = 512
BELIEVED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
CLIENT_PREFIX = 64


class Proxies(ProxyFix):
    """`ProxyFix`, but a quote is no quote: one that a client sends would swallow what the proxies append."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request as the trusted proxies tell of it."""
        plain = {name: environ[name].replace('"', "") for name in BELIEVED if name in environ}
        return super().__call__(environ | plain, start_response)


def init_app(app: Flask, config: Config) -> None:
    """Believe exactly the configured number of hops of `X-Forwarded-For`, `-Proto` and `-Host`."""
    hops = config.trusted_proxies
    if hops:
        app.wsgi_app = Proxies(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way


def client_address() -> str:
    """The client's IP address in its one spelling; the peer's own where a proxy handed on junk."""
    environ = request.environ
    found = _address_or_none(environ.get("REMOTE_ADDR"))
    return found or _address_or_none(environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR")) or "unknown"


def client_network() -> str:
    """What stands for one client where attempts are counted: the IPv4 address itself, the /64 of an IPv6 address."""
    return network_of(client_address())


def network_of(address: str) -> str:
    """The network that an address of `client_address` belongs to: whoever has one IPv6 address has all of its /64."""
    if ":" not in address:
        return address
    return str(IPv6Network((address, CLIENT_PREFIX), strict=False))


def client_agent_or_none() -> str | None:
    """What the client says it is, as sent, cut at 512 characters; but for NUL, which PostgreSQL does not store."""
    said = request.headers.get("User-Agent")
    return said and said[:USER_AGENT_LENGTH].replace("\0", "")


@lru_cache(maxsize=4096)  # of the few that call again and again: parsing one costs 4 us
def _address_or_none(text: str | None) -> str | None:
    try:
        address = ip_address((text or "").strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))  # without the zone, which is any text
    return str(address)
