"""`flask users ...`: accounts from the command line."""

import sys
from uuid import UUID

import click
from flask.cli import AppGroup

from app.kit.commands import Refused, in_transaction
from app.users import service as users
from app.users.problems import NoSuchUser
from app.users.roles import Role
from app.users.schemas import NewAccount

cli = AppGroup("users", help="Accounts and their roles.")
ROLE = click.Choice([str(role) for role in Role])


@cli.command("create")
@click.argument("email")
@click.option("--role", "roles", type=ROLE, multiple=True, help="A role to give besides `user`; repeatable.")
@click.option("--name", help="The name to show.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, not from a prompt.",
)
@in_transaction
def create(email: str, roles: tuple[str, ...], name: str | None, *, password_stdin: bool) -> None:
    """Create a verified account and print its id."""
    password = _password(from_stdin=password_stdin)
    _check({"email": email, "password": password, "name": name})
    granted = {Role.USER, *(Role(role) for role in roles)}
    click.echo(users.add(email, password, name=name, roles=sorted(granted), verified=True))


@cli.command("grant")
@click.argument("email")
@click.argument("role", type=ROLE)
@in_transaction
def grant(email: str, role: str) -> None:
    """Give the account a role; it counts from its next request."""
    users.grant(_id_of(email), Role(role))


@cli.command("revoke")
@click.argument("email")
@click.argument("role", type=ROLE)
@in_transaction
def revoke(email: str, role: str) -> None:
    """Take a role from the account; it counts from its next request."""
    users.revoke(_id_of(email), Role(role))


def _check(account: dict[str, str | None]) -> None:
    """Refuse what the API would refuse."""
    errors: dict[str, list[str]] = NewAccount().validate(account)
    if errors:
        raise Refused("; ".join(f"{field}: {sentence}" for field, (sentence, *_) in errors.items()))


def _id_of(email: str) -> UUID:
    try:
        return users.id_of(email)
    except NoSuchUser as missing:
        raise Refused(str(missing.__doc__)) from None


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return _from_stdin()
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _from_stdin() -> str:
    try:
        return sys.stdin.read().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Refused("The password on standard input is not UTF-8.") from None
