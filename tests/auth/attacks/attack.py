"""What a case is: a name, a forgery, and where it makes sense."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.auth.tokens import Kind
from tests.auth.attacks.bench import Forge

RINGS = ("HS256", "ES256", "EdDSA", "PS256")
SHARE = 5


class Way(StrEnum):
    """How a token travels."""

    BEARER = "bearer"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One thing that is wrong with a token. Without `rings`, any will do."""

    name: str
    forge: Forge
    rings: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = tuple(Kind)
    ways: tuple[Way, ...] = tuple(Way)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attack against a ring of this algorithm, with this kind of token."""

    attack: Attack
    ring: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.ring}-{self.kind}-{self.attack.name}"


def attempts(attacks: Sequence[Attack]) -> Iterator[Attempt]:
    """Every attack with access tokens; every fifth with refresh tokens too, whose door is slower."""
    for index, attack in enumerate(attacks):
        rings = attack.rings or (RINGS[index % len(RINGS)],)
        for ring in rings:
            yield Attempt(attack, ring, Kind.ACCESS)
        if Kind.REFRESH in attack.kinds and index % SHARE == 0:
            yield Attempt(attack, rings[0], Kind.REFRESH)
