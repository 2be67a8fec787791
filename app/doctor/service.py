"""The checks, one after the other, each with an end to its patience."""

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.doctor import configured, database, machine, parts, stored
from app.doctor.models import Check, Finding, Severity, fatal, warning

CHECK_SECONDS = 12  # a mail server has 10 to say something
ALL_SECONDS = 30
CHECKS = (
    Check(id="settings", ask=configured.environment, well="Every setting is fit for production."),
    Check(id="cookies", ask=configured.cookies, well="Cookies fit the schemes of the pages."),
    Check(id="public_url", ask=configured.public_url, well="Mailed links lead where they should."),
    Check(id="origins", ask=configured.origins, well="No origin is listed that should not be."),
    Check(id="proxies", ask=configured.proxies, well="TRUSTED_PROXIES fits HOST and PUBLIC_URL."),
    Check(id="registration", ask=configured.registration, well="Who may register proves an address, or nobody may."),
    Check(id="exposure", ask=configured.exposure, well="Nothing is shown that is meant for development."),
    Check(id="limits", ask=configured.limits, well="Guessing is limited."),
    Check(id="lifetimes", ask=configured.lifetimes, well="Tokens and sessions live as long as is usual."),
    Check(id="passwords", ask=configured.passwords, well="Passwords are long enough."),
    Check(id="metrics", ask=configured.metrics, well="Metrics are not for everybody."),
    Check(id="files", ask=machine.files, well="No other account of this machine reads what is secret."),
    Check(id="hashing", ask=machine.hashing, well="A password hash costs what it should."),
    Check(id="workers", ask=machine.workers, well="Workers fit the cores."),
    Check(id="redis", ask=parts.redis, well="Redis is as it should be."),
    Check(id="mail", ask=parts.mail, well="The way out for mails opens."),
    Check(id="database", ask=database.reach, well="The database answers."),
    Check(id="schema", ask=database.schema, well="Migrations are applied.", stored=True),
    Check(id="kind", ask=database.kind, well="The database fits the deployment.", stored=True),
    Check(id="skew", ask=database.skew, well="Our clock is the database's.", stored=True),
    Check(id="durability", ask=database.durability, well="What was answered survives a power cut.", stored=True),
    Check(id="connections", ask=database.connections, well="The database takes all our connections.", stored=True),
    Check(id="encryption", ask=database.encryption, well="Nobody reads what we say to the database.", stored=True),
    Check(id="grants", ask=database.grants, well="Our role does what it needs to, and no more.", stored=True),
    Check(id="keys", ask=stored.keys, well="Every key opens, one signs.", stored=True),
    Check(id="outbox", ask=stored.outbox, well="No mail waits.", stored=True),
    Check(id="admins", ask=stored.admins, well="There are admins.", stored=True),
    Check(id="leftovers", ask=stored.leftovers, well="What is over is gone.", stored=True),
    Check(id="clients", ask=stored.clients, well="Clients are told apart.", stored=True),
    Check(id="future", ask=stored.future, well="Nothing happened later than now.", stored=True),
)
RANK = list(Severity)


def examine(app: Flask) -> list[Finding]:
    """Everything that was found, the worst first."""
    return sorted(_found(app), key=lambda each: RANK.index(each.severity))


def _found(app: Flask) -> Iterator[Finding]:
    latest, reachable = monotonic() + ALL_SECONDS, True
    for check in CHECKS:
        if check.stored and not reachable:
            continue  # said once, by `database`
        found = _patiently(app, check, seconds=min(CHECK_SECONDS, max(latest - monotonic(), 0)))
        reachable &= check.id != "database" or not found
        reachable &= check.id != "schema" or all(each.severity is not Severity.FATAL for each in found)
        yield from found or [Finding(id=check.id, severity=Severity.OK, found=check.well)]


def _patiently(app: Flask, check: Check, *, seconds: float) -> list[Finding]:
    """What the check finds, or that it does not come to an end. Its thread is left to itself then."""
    answer: SimpleQueue[list[Finding]] = SimpleQueue()
    Thread(target=lambda: answer.put(asked(app, check)), name=f"doctor-{check.id}", daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return [_unknown(check, "It did not come to an end.")]


def asked(app: Flask, check: Check) -> list[Finding]:
    """What the check finds, or that it could not: nothing is raised."""
    found: list[Finding] = []
    try:
        with app.app_context():
            found.extend(check.ask())
    except SQLAlchemyError as error:
        found.append(_unknown(check, f"The database did not answer ({type(error).__name__})."))
    except Exception as error:  # noqa: BLE001  whatever is broken, the other checks go on; its text may quote a secret
        found.append(_unknown(check, f"It could not be looked at ({type(error).__name__})."))
    return found


def _unknown(check: Check, found: str) -> Finding:
    if check.id == "database":
        return fatal(
            "database.away",
            found,
            reason="Nothing can be verified, so every protected route answers 503. What it holds was not looked at.",
            cure="Start it; look at DATABASE_URL: host, port, name, role, password.",
        )
    return warning(
        f"{check.id}.unknown",
        found,
        reason=f"So it is not known whether this holds: {check.well}",
        cure="Run it again; the log may say more.",
    )
