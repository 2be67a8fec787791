"""Who is calling."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import g

from app.users.roles import Permission, permissions_of
from app.users.service import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A recognised caller: the account as it is now, and the session it speaks through.

    `csrf` is what `X-CSRF-TOKEN` must say in an unsafe request; `None` for a bearer, who cannot be forged.
    """

    profile: Profile
    session_id: UUID
    fresh_until: datetime
    csrf: str | None

    @property
    def user_id(self) -> UUID:
        """The account's id."""
        return self.profile.id

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles of this moment allow."""
        return permissions_of(self.profile.roles)


def caller_or_none() -> Caller | None:
    """The caller of this request, once the guard has recognised one; `None` at open doors and in commands."""
    return cast("Caller | None", g.get("caller"))


def caller() -> Caller:
    """The caller of this request; only behind `@requires`."""
    return cast("Caller", g.caller)
