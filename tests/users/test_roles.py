"""Roles and permissions are data: who may do what."""

import re
from collections.abc import Iterable

import pytest

from app.users.roles import PERMISSIONS, Permission, Role, permissions_of

CONTRACT = {
    "user": {"tasks:read", "tasks:write"},
    "viewer": {"tasks:read"},
    "support": {"users:read", "sessions:end", "audit:read"},
}
NOUNS = {"tasks", "users", "sessions", "audit"}  # a resource of yours may add to these


def told(roles: Iterable[str]) -> set[str]:
    """What these roles may do of what the contract tells of."""
    return {permission for permission in permissions_of(roles) if permission.partition(":")[0] in NOUNS}


@pytest.mark.parametrize(("role", "expected"), CONTRACT.items())
def test_a_role_may_do_what_the_contract_says(role: str, expected: set[str]) -> None:
    assert told([role]) == expected


def test_an_admin_may_do_everything() -> None:
    assert permissions_of(["admin"]) == set(Permission)


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role) >= {*CONTRACT, "admin"}


def test_an_admin_alone_may_change_other_peoples_accounts() -> None:
    shared = permissions_of(set(Role) - {Role.ADMIN})

    assert set(Permission) - shared == {Permission.USERS_WRITE}


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_a_noun_and_a_verb(permission: Permission) -> None:
    assert re.fullmatch(r"[a-z_]+:[a-z_]+", permission)


def test_several_roles_add_up() -> None:
    assert told(["viewer", "support"]) == CONTRACT["viewer"] | CONTRACT["support"]


@pytest.mark.parametrize(
    "unknown", ["", "root", "Admin", "ADMIN", " admin", "admin ", "user,admin", "tasks:read", "\u0430dmin"]
)
def test_a_word_that_is_no_role_gives_nothing(unknown: str) -> None:
    assert permissions_of([unknown]) == frozenset()


def test_a_word_that_is_no_role_takes_nothing_from_the_others() -> None:
    assert permissions_of(["gone", "viewer"]) == permissions_of(["viewer"]) >= CONTRACT["viewer"]


def test_nobody_may_do_anything_without_a_role() -> None:
    assert permissions_of([]) == frozenset()


def test_the_table_cannot_be_changed_while_the_application_runs() -> None:
    with pytest.raises(TypeError):
        PERMISSIONS[Role.VIEWER] = frozenset(Permission)  # type: ignore[index]  # that is the point
