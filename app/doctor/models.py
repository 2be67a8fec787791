"""What the doctor says: findings, and the checks that make them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: it cannot go on like this, it should not, it may be meant, it is well."""

    FATAL = "fatal"
    WARNING = "warning"
    NOTE = "note"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: no secret in any of it."""

    id: str
    severity: Severity
    found: str
    reason: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to look at: `ask` finds what is wrong with it, `well` says that nothing is."""

    id: str
    ask: Callable[[], Iterator[Finding]]
    well: str
    stored: bool = False


def fatal(name: str, found: str, *, reason: str, cure: str) -> Finding:
    """It cannot go on like this."""
    return Finding(id=name, severity=Severity.FATAL, found=found, reason=reason, cure=cure)


def warning(name: str, found: str, *, reason: str, cure: str) -> Finding:
    """It should not go on like this."""
    return Finding(id=name, severity=Severity.WARNING, found=found, reason=reason, cure=cure)


def note(name: str, found: str, *, reason: str, cure: str) -> Finding:
    """It may be meant."""
    return Finding(id=name, severity=Severity.NOTE, found=found, reason=reason, cure=cure)
