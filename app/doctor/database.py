"""What only the database itself can say: reach, migrations, its clock, its promises, what our role may."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from sqlalchemy import QueuePool, make_url

from app.audit.models import AuditEvent
from app.doctor.configured import is_loopback
from app.doctor.models import Finding, fatal, note, warning
from app.kit import clock, migrations
from app.kit.database import db, read
from app.kit.settings import settings

EVENTS = AuditEvent.__tablename__
AFFORDABLE_SKEW = 2
ADMINISTRATION = 5
PROMISES = {
    "fsync": "A power cut damages the database.",
    "full_page_writes": "A power cut damages the database.",
    "synchronous_commit": "A power cut forgets revocations that were answered.",
}


def is_postgres() -> bool:
    """Whether it is PostgreSQL, not SQLite."""
    return settings().database_url.startswith("postgres")


def reach() -> Iterator[Finding]:
    """Whether it is there, and answers."""
    if not is_postgres() and not Path(str(make_url(settings().database_url).database)).exists():
        yield fatal(  # and asking would make it
            "database.absent",
            "The file of DATABASE_URL does not exist.",
            reason="Nobody has an account, and a service that starts on it serves nothing.",
            cure="`flask db upgrade`, as the account that serves; or look at DATABASE_URL.",
        )
        return
    read(sa.text("SELECT 1"))


def schema() -> Iterator[Finding]:
    """The migrations against this code."""
    state = migrations.state()
    if state == "behind":
        yield fatal(
            "schema.behind",
            "Migrations are not applied.",
            reason="This code asks for tables or columns that are not there.",
            cure="`flask db upgrade`, as the role that owns the schema.",
        )
    elif state == "ahead":
        yield warning(
            "schema.ahead",
            "The schema is newer than this code.",
            reason="It is served while the next version is rolled out, but not meant to stay.",
            cure="Finish the upgrade, or go back with the newer code: `flask db downgrade`.",
        )


def kind() -> Iterator[Finding]:
    """SQLite where more may be wanted."""
    if settings().is_production and not is_postgres():
        yield note(
            "kind.sqlite",
            "The database is SQLite.",
            reason="One machine serves it, one writes at a time, and whoever opens the file rewrites the audit.",
            cure="postgresql://... as soon as a second machine serves.",
        )


def skew() -> Iterator[Finding]:
    """Our clock against the database's."""
    if not is_postgres():
        return
    before = clock.now()
    theirs: datetime = read(sa.text("SELECT clock_timestamp()"))[0][0]
    after = clock.now()
    apart = max(before - theirs, theirs - after, timedelta(0)).total_seconds()
    if apart > AFFORDABLE_SKEW:
        yield warning(
            "skew.apart",
            f"Our clock and the database's are {apart:.0f} s apart.",
            reason="One of them is wrong. Instances forgive each other 10 s; windows and expiries hang on it.",
            cure="Keep both by NTP (`timedatectl`).",
        )


def durability() -> Iterator[Finding]:
    """Whether what was answered survives a power cut; SQLite is told so at every connection."""
    for name, consequence in PROMISES.items() if is_postgres() else ():
        if str(read(sa.text(f"SHOW {name}"))[0][0]) == "off":
            yield (warning if name == "synchronous_commit" else fatal)(
                f"durability.{name.replace('_', '-')}",
                f"PostgreSQL runs with {name} = off.",
                reason=consequence,
                cure=f"{name} = on, for the server, the database and the role.",
            )


def connections() -> Iterator[Finding]:
    """What all workers may open against what the database takes."""
    if not is_postgres():
        return
    config = settings()
    row = read(
        sa.text(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " AS server, nullif(datconnlimit, -1) AS base, nullif(rolconnlimit, -1) AS role"
            " FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user"
        )
    )[0]
    room = min(each for each in row if each is not None)
    wanted = config.web_concurrency * cast("QueuePool", db.engine.pool).size()
    if wanted + ADMINISTRATION > room:
        yield warning(
            "connections.few",
            f"{config.web_concurrency} workers may open {wanted} connections, and PostgreSQL takes {room}.",
            reason="Under load the excess is refused (503); so are commands and backups.",
            cure="Fewer WEB_CONCURRENCY or WEB_THREADS, a higher max_connections, or a pooler; count every instance.",
        )


def encryption() -> Iterator[Finding]:
    """Whether what we say to PostgreSQL can be read, or answered by somebody else."""
    if not is_postgres() or not settings().is_production:
        return
    url = make_url(settings().database_url)
    if is_loopback(str(url.host or "")):
        return
    if not read(sa.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))[0][0]:
        yield warning(
            "encryption.none",
            "The connection to PostgreSQL is not encrypted.",
            reason="Whoever is between reads password hashes and sessions, and rewrites answers.",
            cure="sslmode=verify-full and sslrootcert=FILE in DATABASE_URL, unless nobody can be between.",
        )
    elif url.query.get("sslmode") != "verify-full":
        yield note(
            "encryption.unchecked",
            "The connection to PostgreSQL is encrypted, whoever it is.",
            reason="Without sslmode=verify-full somebody between can be the server.",
            cure="sslmode=verify-full and sslrootcert=FILE in DATABASE_URL.",
        )


def grants() -> Iterator[Finding]:
    """What the role that serves may do to the audit."""
    if not is_postgres():
        return
    (boss,) = read(sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))[0]
    may = {
        verb
        for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        if read(sa.text("SELECT has_table_privilege(:table, :verb)"), {"table": EVENTS, "verb": verb})[0][0]
    }
    if not {"SELECT", "INSERT"} <= may:
        yield fatal(
            "grants.missing",
            "The role of DATABASE_URL may not add or read audit events.",
            reason="What must be told cannot be, so nothing happens: every sign-in fails.",
            cure="The grants of docs/audit.md, again after each migration.",
        )
    if boss or may & {"UPDATE", "DELETE", "TRUNCATE"}:
        yield (warning if settings().is_production else note)(
            "grants.superuser" if boss else "grants.rewrite",
            f"The role of DATABASE_URL {'is a superuser' if boss else 'may rewrite the audit'}.",
            reason="Whoever takes over the service rewrites what happened"
            + (", and reads and runs what PostgreSQL can." if boss else "."),
            cure="One role owns and migrates, one serves, one forgets: docs/audit.md has the grants.",
        )
