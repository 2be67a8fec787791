"""Accounts: making them, finding them, and what they may be shown as."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from uuid6 import uuid7

from app.kit import clock
from app.kit.database import add_new, db, read
from app.kit.prepared import Prepared
from app.kit.problems import NotFound, ValidationFailed
from app.users import addresses, networks, passwords, strength
from app.users.models import User, UserRole
from app.users.problems import EmailTaken, NoSuchUser
from app.users.roles import Role

NOBODY = UUID(int=0)
BLANK: Any = sa.literal_column("' '")  # part of the statement, not a value to fill in each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An account as its owner sees it."""

    id: UUID
    email: str
    name: str | None
    roles: tuple[str, ...]
    email_verified: bool
    created_at: datetime
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a password is checked against. `password_changed_at` names the password: a rehash does not move it.

    `at_home` says whether the account signed in lately from the network that was asked about.
    """

    user_id: UUID
    password_hash: str
    password_changed_at: datetime
    disabled: bool
    email_verified: bool
    at_home: bool


def profile_columns() -> Sequence[sa.ColumnElement[Any]]:
    """The columns of a `Profile`, for a statement that has `users` in its FROM."""
    columns = (
        User.id,
        User.email,
        User.name,
        User.email_verified_at,
        User.created_at,
        User.disabled_at,
    )
    return [*(column.expression for column in columns), roles_column("users.id")]


def roles_column(user_id: str) -> sa.ColumnElement[Any]:
    """The roles of the user that a column, with its table's name, names; for `roles_of`.

    As text: in RETURNING, SQLAlchemy leaves SQLite's columns without their tables, and these would be everybody's.
    """
    theirs = UserRole.user_id == sa.literal_column(user_id)
    return sa.select(sa.func.aggregate_strings(UserRole.role, BLANK)).where(theirs).scalar_subquery().label("roles")


def roles_of(row: Any) -> tuple[str, ...]:
    """The roles in a row with `roles_column`."""
    return tuple(sorted((row.roles or "").split()))


def profile_of(row: sa.Row[Any]) -> Profile:
    """The profile in a row of `profile_columns`."""
    return Profile(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=roles_of(row),
        email_verified=row.email_verified_at is not None,
        created_at=row.created_at,
        disabled=row.disabled_at is not None,
    )


def find(user_id: UUID) -> Profile:
    """The account as it is in this transaction.

    Raises:
        NotFound: it went meanwhile.
    """
    row = db.session.execute(sa.select(*profile_columns()).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound
    return profile_of(row)


def _asking(whose: sa.ColumnElement[bool]) -> Prepared:
    """A statement that brings a row also for whoever is unknown: making a row of what is found takes its time."""
    user_id = sa.func.coalesce(User.id, NOBODY)
    changed_at = sa.func.coalesce(User.password_changed_at, datetime.fromtimestamp(0, UTC))
    columns = (
        user_id.label("user_id"),
        sa.func.coalesce(User.password_hash, "").label("password_hash"),
        changed_at.label("password_changed_at"),
        User.disabled_at.is_not(None).label("disabled"),
        User.email_verified_at.is_not(None).label("email_verified"),
        networks.is_known(user_id).label("at_home"),
    )
    one = sa.select(sa.literal_column("1").label("one")).subquery()
    return Prepared(sa.select(*columns).select_from(one.outerjoin(User, whose)))


_BY_ADDRESS = _asking(User.email_key == sa.bindparam("key"))
_BY_ID = _asking(User.id == sa.bindparam("this"))


def login_or_none(email: str, *, network: str = "") -> Login | None:
    """What to check a password against, read outside any transaction; `None` for an unknown or unusable address."""
    try:
        key = addresses.key(email)
    except addresses.BadAddress:
        return None
    return _login_or_none(_BY_ADDRESS.rows(key=key, **networks.asked(network)))


def login_of_or_none(user_id: UUID) -> Login | None:
    """What to check this user's password against, read outside any transaction; `None` if the user is gone."""
    return _login_or_none(_BY_ID.rows(this=user_id, **networks.asked("")))


def _login_or_none(rows: Sequence[Any]) -> Login | None:
    (row,) = rows
    login = Login(
        user_id=row.user_id,
        password_hash=row.password_hash,
        password_changed_at=row.password_changed_at,
        disabled=row.disabled,
        email_verified=row.email_verified,
        at_home=row.at_home,
    )
    return None if login.user_id == NOBODY else login


def own_words(user_id: UUID | None) -> list[str]:
    """What a password of this user should not be made of, read outside any transaction."""
    rows = read(sa.select(User.email, User.name).where(User.id == user_id))
    return [word for row in rows for word in row if word]


def add(email: str, password: str, *, name: str | None, roles: Iterable[Role], verified: bool) -> UUID:
    """Open an account. The hash is made before the transaction opens.

    Raises:
        ValidationFailed: an address that is none, or a password that is too easily guessed.
        EmailTaken: the mailbox has an account.
    """
    fields = checked(email, password, name)
    return open_account(fields, roles=roles, verified=verified)


def checked(email: str, password: str, name: str | None) -> dict[str, Any]:
    """The columns that an account begins with, its password hashed.

    Raises:
        ValidationFailed: an address that is none, or a password that is too easily guessed.
    """
    errors, key = [], ""
    try:
        key = addresses.key(email)
    except addresses.BadAddress as bad:
        errors.append({"pointer": "/email", "detail": str(bad)})
    errors += strength.errors(password, own_words=[email, name], pointer="/password")
    if errors:
        raise ValidationFailed(members={"errors": errors})
    return {"email": email, "email_key": key, "name": name, "password_hash": passwords.hashed(password)}


def open_account(fields: Mapping[str, Any], *, roles: Iterable[Role], verified: bool) -> UUID:
    """Write the account of `checked` columns.

    Raises:
        EmailTaken: the mailbox has an account.
    """
    user_id, now = uuid7(), clock.now()
    moments = {"created_at": now, "password_changed_at": now, "email_verified_at": now if verified else None}
    if not add_new(User, {"id": user_id, **moments, **fields}):
        raise EmailTaken
    db.session.execute(sa.insert(UserRole), [{"user_id": user_id, "role": str(role)} for role in roles])
    return user_id


def rename(user_id: UUID, name: str | None) -> bool:
    """Give the account another name, or none; say whether it had a different one."""
    other = sa.update(User).where(User.id == user_id, User.name.is_distinct_from(name))
    return db.session.execute(other.values(name=name).returning(User.id)).first() is not None


def rehash(login: Login, password: str) -> None:
    """Keep the same password under today's scheme and cost."""
    fresh = passwords.hashed(password)
    unchanged = (User.id == login.user_id, User.password_hash == login.password_hash)
    db.session.execute(sa.update(User).where(*unchanged).values(password_hash=fresh))


def id_or_none(email: str) -> UUID | None:
    """The id of the account with this address, read outside any transaction; `None` if there is none."""
    login = login_or_none(email)
    return None if login is None else login.user_id


def id_of(email: str) -> UUID:
    """The id of the account with this address, for commands.

    Raises:
        NoSuchUser: there is none.
    """
    user_id = id_or_none(email)
    if user_id is None:
        raise NoSuchUser
    return user_id


def grant(user_id: UUID, role: str) -> bool:
    """Give the user a role; it counts from the next request. Say whether it is new."""
    return add_new(UserRole, {"user_id": user_id, "role": str(role)})


def revoke(user_id: UUID, role: str) -> bool:
    """Take a role from the user; it counts from the next request. Say whether there was one."""
    theirs = sa.delete(UserRole).where(UserRole.user_id == user_id, UserRole.role == str(role))
    return db.session.execute(theirs.returning(UserRole.role)).first() is not None
