"""What the settings say, each by itself and together."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from app.doctor.models import Finding, note, warning
from app.kit.settings import settings
from environment import LOOPBACK, Rate
from safety import is_distant

HOUR = timedelta(hours=1)
NIST_PASSWORD = 15
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  what is looked for
LONG = {
    "access_token_ttl": (HOUR, "15m", "Services that verify by the JWKS learn of no revocation before it has passed."),
    "session_ttl": (timedelta(days=90), "30d", "NIST SP 800-63B asks for the password again after 30 days."),
    "fresh_ttl": (HOUR, "10m", "Who takes over an open session may do for so long what should ask for the password."),
}
MANY = {"login_limit": 100, "register_limit": 1000, "mail_limit": 100}


def is_loopback(host: str) -> bool:
    """Whether this is the machine itself."""
    return re.fullmatch(rf"{LOOPBACK}|::1|", host) is not None


def environment() -> Iterator[Finding]:
    """Development where others can come, and what production would refuse."""
    config = settings()
    if config.is_production:
        return
    if not (is_loopback(config.host) and is_loopback(_public_host())):
        yield warning(
            "settings.development",
            "APP_ENV is development, and others can reach it (HOST, PUBLIC_URL).",
            reason="Development asks for less safety: weak secrets, cheap hashes, no limits may be set.",
            cure="APP_ENV=production, and set what it asks for.",
        )
    for refusal in config.refused_in_production():
        name, _, why = refusal.partition(": ")
        yield warning(
            f"settings.{name.lower()}",
            f"{name} would stop a start in production: {why}.",
            reason="What is unsafe there is no safer here, only rarer attacked.",
            cure=f"Set {name} as production wants it, before anything real is kept here.",
        )


def cookies() -> Iterator[Finding]:
    """COOKIE_SECURE against the schemes of the pages."""
    config = settings()
    if config.cookie_secure or not config.is_production:
        return
    yield warning(
        "cookies.insecure",
        "COOKIE_SECURE is false: cookies travel over plain http.",
        reason="Whoever is on the way reads them, and is signed in.",
        cure="TLS in front, then COOKIE_SECURE=true.",
    )
    if any(url.startswith("https:") for url in (config.public_url, *config.cors_origins)):
        yield warning(
            "cookies.contradiction",
            "COOKIE_SECURE is false, yet PUBLIC_URL or CORS_ORIGINS is https.",
            reason="One plain request to the same host, made by anybody's link, shows the cookies.",
            cure="COOKIE_SECURE=true.",
        )


def public_url() -> Iterator[Finding]:
    """Where the links in mails lead."""
    config = settings()
    if config.is_production and is_loopback(_public_host()) and config.mail_url.scheme.startswith("smtp"):
        yield warning(
            "public_url.local",
            "PUBLIC_URL is this machine, and mails leave it.",
            reason="Their links lead to the reader's own machine, with a token in them.",
            cure="PUBLIC_URL=https://HOST, as your users' browsers write it.",
        )


def origins() -> Iterator[Finding]:
    """Whom CORS_ORIGINS lets act with a visitor's cookies."""
    config = settings()
    for origin in config.cors_origins if config.is_production else ():
        host = str(urlsplit(origin).hostname)
        if is_loopback(host):
            yield warning(
                "origins.local",
                f"CORS_ORIGINS lists {origin}.",
                reason="Whatever serves that port on a visitor's machine acts with the visitor's cookies.",
                cure="Leave it out in production.",
            )
        elif _site(host) != _site(_public_host()):
            yield note(
                "origins.foreign",
                f"CORS_ORIGINS lists {origin}, which looks like another site than PUBLIC_URL.",
                reason="SameSite keeps cookies from pages of another site.",
                cure="Let that page use bearer tokens (docs/spa.md), or serve it from the same site.",
            )


def _site(host: str) -> str:
    return ".".join(host.rsplit(".", 2)[-2:])


def _public_host() -> str:
    return str(urlsplit(settings().public_url).hostname)


def registration() -> Iterator[Finding]:
    """Who may open an account, and what they prove."""
    config = settings()
    if config.registration != "open" or not config.is_production:
        return
    if config.mail_url.scheme == "console":
        yield warning(
            "registration.unproven",
            "REGISTRATION is open and no mail leaves: nobody can prove an address.",
            reason="Anybody opens an account under anybody's address, and its owner cannot take it back.",
            cure="MAIL_URL, then REGISTRATION=verified; or closed.",
        )
        return
    yield note(
        "registration.open",
        "REGISTRATION is open: an account works before its address is proven.",
        reason="Register tells whether an address has an account (409), and strangers' addresses can be used.",
        cure="REGISTRATION=verified, unless that is meant.",
    )


def exposure() -> Iterator[Finding]:
    """What production shows that is meant for development."""
    config = settings()
    if config.is_production and config.demo:
        yield warning(
            "exposure.demo",
            "DEMO is on.",
            reason="The demo makes and breaks sessions for show.",
            cure="DEMO=off; the pages that mailed links need stay.",
        )
    if config.is_production and config.log_level == "debug":
        yield warning(
            "exposure.debug",
            "LOG_LEVEL is debug.",
            reason="Libraries log more than they should at that level, and logs travel.",
            cure="LOG_LEVEL=info.",
        )


def limits() -> Iterator[Finding]:
    """How often guessing is let through."""
    for field, many in MANY.items():
        rate: Rate = getattr(settings(), field)
        if rate.amount > many:
            yield warning(
                f"limits.{field}",
                f"{field.upper()} lets {rate.amount} through in each window.",
                reason="Strangers have ten such windows a day for each account (NIST SP 800-63B allows 100 guesses)."
                if field == "login_limit"
                else "It holds nobody off.",
                cure=f"{field.upper()} of at most {many}; the default is in docs/limits.md.",
            )


def lifetimes() -> Iterator[Finding]:
    """How long what is stolen is good for."""
    config = settings()
    for field, (longest, usual, reason) in LONG.items():
        if getattr(config, field) > longest:
            yield note(
                f"lifetimes.{field}",
                f"{field.upper()} is {getattr(config, field)}.",
                reason=reason,
                cure=f"{field.upper()}={usual}.",
            )
    if not config.refresh_replay:
        yield note(
            "lifetimes.replay",
            "REFRESH_REPLAY_SECONDS is 0.",
            reason="Two tabs that refresh at once, or an answer that is lost, log somebody out.",
            cure="REFRESH_REPLAY_SECONDS=10: it grants nothing that the first answer did not.",
        )


def passwords() -> Iterator[Finding]:
    """How long a password must be."""
    length = settings().password_min_length
    if settings().is_production and length < NIST_PASSWORD:
        yield note(
            "passwords.short",
            f"PASSWORD_MIN_LENGTH is {length}.",
            reason="NIST SP 800-63B-4 asks for 15 where a password is all that is asked for.",
            cure=f"PASSWORD_MIN_LENGTH={NIST_PASSWORD}; present passwords stay good.",
        )


def proxies() -> Iterator[Finding]:
    """TRUSTED_PROXIES against scheme and address; `stored.clients` holds it against what was seen."""
    config = settings()
    if not config.is_production:
        return
    if not config.trusted_proxies and config.public_url.startswith("https:") and not is_loopback(_public_host()):
        yield warning(
            "proxies.none",
            "PUBLIC_URL is https and TRUSTED_PROXIES is 0.",
            reason="gunicorn speaks plain http, so a proxy stands in front: all clients look like that one.",
            cure="TRUSTED_PROXIES=1, or as many hops as there are.",
        )
    if config.trusted_proxies and not is_loopback(config.host):
        yield note(
            "proxies.passable",
            f"HOST is {config.host} and TRUSTED_PROXIES is {config.trusted_proxies}.",
            reason="Whoever reaches the port without the proxy writes X-Forwarded-For as they like.",
            cure="Let the proxy alone reach the port: HOST=127.0.0.1, or a network that is closed.",
        )


def metrics() -> Iterator[Finding]:
    """Who may read METRICS_BIND."""
    config = settings()
    if not config.metrics_bind:
        return
    host, _ = config.metrics_address
    if is_distant(host) or host in EVERYWHERE:
        yield note(
            "metrics.exposed",
            f"METRICS_BIND listens on {host}.",
            reason="Figures tell who is attacked and how it goes.",
            cure="METRICS_BIND=127.0.0.1:9100, or a network that only Prometheus reaches.",
        )
