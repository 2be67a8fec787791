"""Whose address counts, and under which scheme and host we were called, behind TRUSTED_PROXIES proxies."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config


def init_app(app: Flask, config: Config) -> None:
    """Believe exactly the configured number of hops of `X-Forwarded-For`, `-Proto` and `-Host`."""
    hops = config.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way


def client_address() -> str:
    """The client's IP address in its one spelling; the peer's own where a proxy handed on junk."""
    peer = request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR")
    return _address_or_none(request.remote_addr) or _address_or_none(peer) or "unknown"


def _address_or_none(text: str | None) -> str | None:
    try:
        address = ip_address((text or "").strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or address)
    return str(address)
