"""Finding accounts, and changing what may be changed of somebody else's."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.account import service as account
from app.kit.database import db
from app.kit.paging import Page, page_as
from app.users import changes
from app.users import service as users
from app.users.models import User, UserRole
from app.users.problems import NoSuchUser
from app.users.roles import Role
from app.users.service import Profile, profile_columns, profile_of


def listed(*, q: str | None, role: str | None, disabled: bool | None, **at: Any) -> Page[Profile]:
    """One page of the accounts whose address or name has `q` in it, with this role, disabled or not, newest first."""
    rows = sa.select(*profile_columns())
    if q:
        rows = rows.where(User.email.icontains(q, autoescape=True) | User.name.icontains(q, autoescape=True))
    if role is not None:
        rows = rows.where(User.id.in_(sa.select(UserRole.user_id).where(UserRole.role == role)))
    if disabled is not None:
        rows = rows.where(User.disabled_at.is_not(None) if disabled else User.disabled_at.is_(None))
    return page_as(profile_of, rows, User.id, **at)


def change(user_id: UUID, **fields: Any) -> Profile:
    """Change what is given of an account; it counts from its owner's next request.

    Raises:
        NoSuchUser: there is none.
        LastAdmin: nobody would be left to look after the others.
    """
    _lock(user_id, admins_first=fields.get("disabled", False) or Role.ADMIN not in fields.get("roles", [Role.ADMIN]))
    if "roles" in fields:
        _set_roles(user_id, set(fields["roles"]))
    if "disabled" in fields:
        (account.disable if fields["disabled"] else account.enable)(user_id)
    if "name" in fields:
        account.rename(user_id, fields["name"])
    return users.find(user_id)


def _lock(user_id: UUID, *, admins_first: bool) -> None:
    """Let nobody else change the account. The admins come first: two who lock each other in turn would both wait."""
    if admins_first:
        changes.keep_an_admin(user_id)
    if changes.lock_or_none(user_id) is None:
        raise NoSuchUser


def _set_roles(user_id: UUID, roles: Collection[str]) -> None:
    had = set(db.session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))
    for role in sorted(set(roles) - had):
        account.grant(user_id, role)
    for role in sorted(had - set(roles)):
        account.revoke(user_id, role)
