"""What the machine is like: who else reads the files, what a hash costs, how many serve."""

import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from stat import S_IROTH, S_IWOTH, S_IXOTH
from time import thread_time

from flask import current_app
from sqlalchemy import make_url

from app.doctor.models import Finding, fatal, note, warning
from app.kit.settings import settings
from app.users.passwords import hash_password
from config import Config
from environment import Environment

CHEAP_SECONDS = 0.05
DEAR_SECONDS = 1.0
PROBED_ROUNDS = 6
PROBES = 3
CROWDED = 4


def root() -> Path:
    """The checkout."""
    return Path(current_app.root_path).parent


def files() -> Iterator[Finding]:
    """The files that hold secrets, and who else on this machine may open them."""
    severe = fatal if settings().is_production else warning
    for path in _kept():
        if _others(path, S_IWOTH):
            yield severe(
                "files.writable",
                f"Everybody on this machine may write {path.name}.",
                reason="Another account's program decides who is signed in.",
                cure=f"chmod 600 {path}",
            )
        elif _others(path, S_IROTH):
            yield warning(
                "files.readable",
                f"Everybody on this machine may read {path.name}.",
                reason="It holds secrets, or hashes and sealed keys.",
                cure=f"chmod 600 {path}, and 700 for its directory",
            )
    for name, path in _handed_in():
        if _others(path, S_IROTH):
            yield note(
                "files.secret",
                f"Everybody on this machine may read the file of {name}.",
                reason="Usual inside a container, where nobody else is; elsewhere it is no secret.",
                cure=f"chmod 400 {path}, owned by the account that serves.",
            )


def _kept() -> Iterator[Path]:
    yield root() / ".env"
    yield root() / "instance" / "secret_key"
    url = make_url(settings().database_url)
    if url.drivername == "sqlite":
        yield from (Path(f"{url.database}{suffix}") for suffix in ("", "-wal", "-shm"))
    if settings().mail_url.directory:
        yield from sorted(Path(settings().mail_url.directory).glob("*.eml"))[:1]


def _handed_in() -> Iterator[tuple[str, Path]]:
    environment = Environment(root() / ".env")
    for each in fields(Config):
        name = f"{each.name.upper()}_FILE"
        if not each.repr and (path := environment.find(name, "")):
            yield name, Path(path)


def _others(path: Path, right: int) -> bool:
    """Whether everybody has this right to the file, and a way to it."""
    try:
        path = path.resolve(strict=True)
        return bool(path.stat().st_mode & right) and all(each.stat().st_mode & S_IXOTH for each in path.parents)
    except OSError:
        return False


def hashing() -> Iterator[Finding]:
    """What a password hash costs here: a cheap one is measured, the rest is arithmetic."""
    rounds = settings().bcrypt_rounds
    cost = min(_timed_hash() for _ in range(PROBES)) * 2 ** (rounds - PROBED_ROUNDS)
    if cost < CHEAP_SECONDS:
        yield warning(
            "hashing.cheap",
            f"A password hash at BCRYPT_ROUNDS={rounds} takes {cost * 1000:.0f} ms of a processor here.",
            reason="Whoever copies the database guesses as cheaply.",
            cure="Raise BCRYPT_ROUNDS by one for each halving below 250 ms; hashes are renewed at login.",
        )
    if cost > DEAR_SECONDS:
        yield warning(
            "hashing.dear",
            f"A password hash at BCRYPT_ROUNDS={rounds} takes {cost:.1f} s of a processor here.",
            reason=f"{os.cpu_count()} cores sign in {(os.cpu_count() or 1) / cost:.1f} people a second; more wait.",
            cure="Lower BCRYPT_ROUNDS, 10 at least, or take faster cores.",
        )


def _timed_hash() -> float:
    begun = thread_time()  # of whatever else runs here the settings know nothing
    hash_password("how long does this take", rounds=PROBED_ROUNDS)
    return thread_time() - begun


def workers() -> Iterator[Finding]:
    """WEB_CONCURRENCY against the cores."""
    cores = os.cpu_count() or 1
    if settings().web_concurrency > cores * CROWDED:
        yield note(
            "workers.many",
            f"WEB_CONCURRENCY is {settings().web_concurrency} on {cores} cores.",
            reason="Workers take turns, and each holds memory and connections.",
            cure="As many workers as cores; WEB_THREADS for what waits.",
        )
