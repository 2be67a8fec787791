"""Who may do what, as data: add a role or a permission here and nowhere else."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType


class Permission(StrEnum):
    """Something that a route may ask of its caller."""

    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    SESSIONS_END = "sessions:end"
    AUDIT_READ = "audit:read"


class Role(StrEnum):
    """A name for a set of permissions."""

    USER = "user"
    VIEWER = "viewer"
    SUPPORT = "support"
    ADMIN = "admin"


PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.USER: frozenset({Permission.TASKS_READ, Permission.TASKS_WRITE}),
        Role.VIEWER: frozenset({Permission.TASKS_READ}),
        Role.SUPPORT: frozenset({Permission.USERS_READ, Permission.SESSIONS_END, Permission.AUDIT_READ}),
        Role.ADMIN: frozenset(Permission),
    }
)


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Everything that these roles may do together; a role that no longer exists may do nothing."""
    return _permissions_of(tuple(roles))


@lru_cache(maxsize=1024)  # every request asks
def _permissions_of(roles: tuple[str, ...]) -> frozenset[Permission]:
    known = [Role(role) for role in roles if role in set(Role)]
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in known))
