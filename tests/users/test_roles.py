"""Roles and permissions are data: who may do what."""

import re

import pytest

from app.users.roles import PERMISSIONS, Permission, Role, permissions_of

CONTRACT = {
    "user": {"tasks:read", "tasks:write"},
    "viewer": {"tasks:read"},
    "support": {"users:read", "sessions:end", "audit:read"},
}


@pytest.mark.parametrize(("role", "expected"), CONTRACT.items())
def test_a_role_may_do_what_the_contract_says(role: str, expected: set[str]) -> None:
    assert permissions_of([role]) == expected


def test_an_admin_may_do_everything() -> None:
    assert permissions_of(["admin"]) == set(Permission)


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role) == {*CONTRACT, "admin"}


def test_every_permission_belongs_to_somebody_beside_the_admin_or_is_theirs_alone() -> None:
    shared = permissions_of(set(Role) - {Role.ADMIN})

    assert set(Permission) - shared == {Permission.USERS_WRITE}


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_a_noun_and_a_verb(permission: Permission) -> None:
    assert re.fullmatch(r"[a-z_]+:[a-z_]+", permission)


def test_several_roles_add_up() -> None:
    assert permissions_of(["viewer", "support"]) == CONTRACT["viewer"] | CONTRACT["support"]


@pytest.mark.parametrize(
    "unknown", ["", "root", "Admin", "ADMIN", " admin", "admin ", "user,admin", "tasks:read", "аdmin"]
)
def test_a_word_that_is_no_role_gives_nothing(unknown: str) -> None:
    assert permissions_of([unknown]) == frozenset()


def test_a_word_that_is_no_role_takes_nothing_from_the_others() -> None:
    assert permissions_of(["gone", "viewer"]) == CONTRACT["viewer"]


def test_nobody_may_do_anything_without_a_role() -> None:
    assert permissions_of([]) == frozenset()


def test_the_table_cannot_be_changed_while_the_application_runs() -> None:
    with pytest.raises(TypeError):
        PERMISSIONS[Role.VIEWER] = frozenset(Permission)  # type: ignore[index]  # that is the point
