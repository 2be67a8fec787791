"""What the database holds: keys, mails, people, what should be gone, what was seen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.audit.models import AuditEvent
from app.doctor.models import Finding, fatal, note, warning
from app.keys import algorithms, ring
from app.keys.models import State, StoredKey
from app.kit import clock
from app.kit.database import read
from app.kit.sealing import is_under_present_secret
from app.kit.settings import settings
from app.mails.models import Mail
from app.mails.service import WORTH_A_LOOK_AFTER
from app.recovery.models import MailedToken
from app.sessions.models import Blocked, Session
from app.users.models import PendingUser, User, UserRole
from app.users.roles import Role

OLD_KEY = timedelta(days=180)
OLD_NEXT = timedelta(days=7)
KEPT = timedelta(days=400)
LATE = timedelta(days=1)
LEFT_OVER = 1000
SEEN = 200
ENOUGH_PEOPLE = 5
AHEAD = timedelta(seconds=10)
RS = {"RS256", "RS512"}


def keys() -> Iterator[Finding]:
    """The ring: whether it signs, opens, and is looked after. Makes no key."""
    rows = read(sa.select(StoredKey.__table__))
    opened = ring.synced()
    living = [row for row in rows if row.expires_at is None or row.expires_at > clock.now()]
    active = next((row for row in living if row.state == State.ACTIVE), None)
    if active is None:
        yield note(
            "keys.none",
            "There is no signing key yet.",
            reason="The first sign-in makes one.",
            cure="Nothing; or `flask keys generate` and `flask keys rotate` now.",
        )
    elif opened.active_or_none is None:
        yield fatal(
            "keys.active-unopened",
            "SECRET_KEY does not open the key that signs.",
            reason="Nobody can sign in or refresh, and no token is verified.",
            cure="Put the secret that sealed it into SECRET_KEY_FALLBACKS (docs/keys.md, Change SECRET_KEY).",
        )
    yield from _others(living, opened.unopened)
    yield from _seals([row for row in living if row.kid not in opened.unopened])
    yield from _ages(living)
    yield from _families(living, active)


def _others(living: list[sa.Row[Any]], unopened: tuple[str, ...]) -> Iterator[Finding]:
    names = [row.kid for row in living if row.kid in unopened and row.state != State.ACTIVE]
    if names:
        yield warning(
            "keys.unopened",
            f"SECRET_KEY does not open {len(names)} of the keys: {', '.join(names)}.",
            reason="Tokens under them are answered with 503.",
            cure="Put the secret that sealed them into SECRET_KEY_FALLBACKS; or `flask keys retire KID`.",
        )


def _seals(opened: list[sa.Row[Any]]) -> Iterator[Finding]:
    old = [row.kid for row in opened if not is_under_present_secret(row.sealed)]
    if old:
        yield warning(
            "keys.old-secret",
            f"{len(old)} keys are sealed under a secret of SECRET_KEY_FALLBACKS.",
            reason="Whoever has that old secret and a dump of the database forges tokens.",
            cure="`flask keys reseal`, then take it out of SECRET_KEY_FALLBACKS.",
        )
    elif settings().secret_key_fallbacks:
        yield note(
            "keys.fallbacks",
            "SECRET_KEY_FALLBACKS is set, and no key needs it.",
            reason="A secret that is kept can leak.",
            cure="Take it out.",
        )


def _ages(living: list[sa.Row[Any]]) -> Iterator[Finding]:
    for row in living:
        age = clock.now() - (row.activated_at or row.created_at)
        if row.state == State.ACTIVE and age > OLD_KEY:
            yield note(
                "keys.old",
                f"The key that signs has done so for {age.days} days.",
                reason="The longer a key is used, the more hangs on it should it leak.",
                cure="`flask keys rotate`: nobody notices.",
            )
        if row.state == State.NEXT and age > OLD_NEXT:
            yield note(
                "keys.waiting",
                f"A next key has been waiting for {age.days} days.",
                reason="A rotation was begun and not finished.",
                cure="`flask keys rotate`, or `flask keys retire` it.",
            )


def _families(living: list[sa.Row[Any]], active: sa.Row[Any] | None) -> Iterator[Finding]:
    trusted = [row for row in living if row.state in ring.TRUSTED]
    if len({algorithms.is_symmetric(row.algorithm) for row in trusted}) > 1:
        yield note(
            "keys.two-families",
            "Symmetric and asymmetric keys verify side by side.",
            reason="A change of algorithm is under way: refresh tokens of the old family are taken until they expire.",
            cure=f"Nothing, if it began less than {settings().refresh_token_ttl.days} days ago.",
        )
    if active is not None and active.algorithm != settings().jwt_algorithm:
        yield note(
            "keys.algorithm",
            f"JWT_ALGORITHM is {settings().jwt_algorithm}, and the key that signs is {active.algorithm}.",
            reason="The setting only says what the next key is made for.",
            cure="`flask keys generate`, wait 300 s, `flask keys rotate`.",
        )
    if active is not None and active.algorithm in RS:
        yield note(
            "keys.rs",
            f"Tokens are signed with {active.algorithm}.",
            reason="OWASP ASVS 5 no longer approves RSASSA-PKCS1-v1_5.",
            cure="JWT_ALGORITHM=ES256 or PS256, unless a consumer knows nothing newer (docs/keys.md).",
        )


def outbox() -> Iterator[Finding]:
    """How long mails have been waiting."""
    oldest = _first_or_none(Mail.created_at, Mail.id)
    if oldest is not None and clock.now() - oldest > WORTH_A_LOOK_AFTER:
        yield warning(
            "outbox.waits",
            f"A mail has been waiting since {oldest:%Y-%m-%dT%H:%M:%SZ}.",
            reason="Links in them are asked for and do not come; after five days they are given up.",
            cure="See `mail`; the log says why (`mail postponed`); `flask mail send-due` tries at once.",
        )


def admins() -> Iterator[Finding]:
    """Whether somebody can look after people."""
    found = read(
        sa.select(sa.func.count())
        .select_from(UserRole)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role == str(Role.ADMIN), User.disabled_at.is_(None))
    )
    count = int(found[0][0])
    if not count:
        yield warning(
            "admins.none",
            "There is no admin.",
            reason="Nobody can disable an account or end somebody's sessions but from the command line.",
            cure="`flask users create EMAIL --role admin`.",
        )
    elif count == 1 and settings().is_production:
        yield note(
            "admins.one",
            "There is one admin.",
            reason="Who loses the password and the mailbox can be helped from the command line only.",
            cure="`flask users grant EMAIL admin` for a second person.",
        )


def leftovers() -> Iterator[Finding]:
    """Rows whose time was over a day ago, and events that were kept long enough."""
    due = clock.now() - LATE
    for model, over in _OVER.items():
        some = sa.select(sa.literal(1)).select_from(model).where(over < due).limit(LEFT_OVER + 1)
        if len(read(some)) > LEFT_OVER:
            yield warning(
                f"leftovers.{model.__tablename__}",
                f"More than {LEFT_OVER} rows of {model.__tablename__} were over more than a day ago.",
                reason="They go with every write; so many mean that what is written outgrows it.",
                cure="`flask sessions prune`, by cron if it comes again.",
            )
    oldest = _first_or_none(AuditEvent.created_at, AuditEvent.id)
    if oldest is not None and oldest < clock.now() - KEPT - LATE:
        yield warning(
            "leftovers.events",
            f"The oldest event is {(clock.now() - oldest).days} days old.",
            reason="Events hold addresses of people, and may be kept only as long as you say.",
            cure="`flask audit prune` daily, with the role that may (docs/audit.md).",
        )


_OVER: dict[Any, Any] = {
    Session: Session.refresh_expires_at,
    Blocked: Blocked.expires_at,
    MailedToken: MailedToken.expires_at,
    PendingUser: PendingUser.expires_at,
}


def clients() -> Iterator[Finding]:
    """TRUSTED_PROXIES against the addresses of those who signed in."""
    recent = sa.select(Session.ip, Session.user_id).order_by(Session.id.desc()).limit(SEEN).subquery()
    rows = read(
        sa.select(recent.c.ip, sa.func.count(recent.c.user_id.distinct()).label("people")).group_by(recent.c.ip)
    )
    if len(rows) == 1 and rows[0].people >= ENOUGH_PEOPLE and not _is_public(rows[0].ip):
        yield warning(
            "clients.one",
            f"{rows[0].people} people signed in from one address, {rows[0].ip}.",
            reason="That is a proxy's: all share one budget of attempts, and one of them uses it up.",
            cure=f"TRUSTED_PROXIES={settings().trusted_proxies + 1}, if the proxy sends X-Forwarded-For.",
        )


def _is_public(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def future() -> Iterator[Finding]:
    """Whether something happened later than now: then a clock has gone back."""
    newest = (
        _first_or_none(AuditEvent.created_at, AuditEvent.id.desc()),
        _first_or_none(Session.created_at, Session.id.desc()),
        _first_or_none(StoredKey.created_at, StoredKey.created_at.desc()),
    )
    latest = [each for each in newest if each is not None]
    ahead = max(latest, default=clock.now()) - clock.now()
    if ahead > AHEAD:
        yield warning(
            "future.seen",
            f"Something was written {int(ahead.total_seconds())} s from now.",
            reason="A clock has gone back, here or on another instance: tokens live too long or not yet.",
            cure="Keep all clocks by NTP (`timedatectl`).",
        )


def _first_or_none(column: InstrumentedAttribute[datetime], order: Any) -> datetime | None:
    """The moment in the first row by this order: ids are ordered by time, and have an index."""
    rows = read(sa.select(column).order_by(order).limit(1))
    return rows[0][0] if rows else None
