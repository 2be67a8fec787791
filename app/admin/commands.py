"""`flask users ...`: accounts from the command line."""

import sys
from typing import Any

import click
from flask.json import dumps

from app.account import service as account
from app.admin import service as admin
from app.admin.schemas import AccountOut
from app.audit import service as audit
from app.audit.models import Action
from app.kit.commands import AS_JSON, Commands, Refused, all_pages, in_transaction, print_listed
from app.users import service as users
from app.users.roles import Role
from app.users.schemas import NewAccount

cli = Commands("users", help="Accounts and their roles. A change counts from the next request.")
ROLE = click.Choice([str(role) for role in Role])
LINE = "{id}  {state:<10}  {roles:<24}  {email}"
EMAIL = click.argument("email")
PASSWORD_STDIN = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, not from a prompt.",
)


@cli.command("create")
@EMAIL
@click.option("--role", "roles", type=ROLE, multiple=True, help="A role to give besides `user`; repeatable.")
@click.option("--name", help="The name to show.")
@PASSWORD_STDIN
@in_transaction
def create(email: str, roles: tuple[str, ...], name: str | None, *, password_stdin: bool) -> None:
    """Create a verified account and print its id."""
    password = _password(from_stdin=password_stdin)
    _check({"email": email, "password": password, "name": name})
    granted = sorted({Role.USER, *(Role(role) for role in roles)})
    user_id = users.add(email, password, name=name, roles=granted, verified=True)
    audit.record(Action.USER_REGISTERED, subject_id=user_id, roles=granted)
    click.echo(user_id)


@cli.command("list")
@click.option("--role", type=ROLE, help="Only those who have this role.")
@AS_JSON
@in_transaction
def show_all(role: str | None, *, as_json: bool) -> None:
    """List the accounts, newest first."""

    def one_page(**at: Any) -> Any:
        return admin.listed(q=None, role=role, disabled=None, **at)

    shown = AccountOut(many=True).dump(all_pages(one_page))
    print_listed(shown if as_json else [_in_words(each) for each in shown], as_json=as_json, line=LINE)


@cli.command("show")
@EMAIL
@AS_JSON
@in_transaction
def show(email: str, *, as_json: bool) -> None:
    """Show the account EMAIL."""
    shown = AccountOut().dump(users.find(users.id_of(email)))
    click.echo(
        dumps(shown) if as_json else "\n".join(f"{name:<15} {value}" for name, value in _in_words(shown).items())
    )


@cli.command("disable")
@EMAIL
@in_transaction
def disable(email: str) -> None:
    """Shut the account EMAIL: all its sessions end, and stay ended."""
    account.disable(users.id_of(email))


@cli.command("enable")
@EMAIL
@in_transaction
def enable(email: str) -> None:
    """Open the account EMAIL again."""
    account.enable(users.id_of(email))


@cli.command("grant")
@EMAIL
@click.argument("role", type=ROLE)
@in_transaction
def grant(email: str, role: str) -> None:
    """Give the account EMAIL a role; it counts from its next request."""
    account.grant(users.id_of(email), role)


@cli.command("revoke")
@EMAIL
@click.argument("role", type=ROLE)
@in_transaction
def revoke(email: str, role: str) -> None:
    """Take a role from the account EMAIL; it counts from its next request. The last admin stays one."""
    account.revoke(users.id_of(email), role)


@cli.command("set-password")
@EMAIL
@PASSWORD_STDIN
@in_transaction
def set_password(email: str, *, password_stdin: bool) -> None:
    """Give the account EMAIL another password. All its sessions end, and its owner is told by mail."""
    user_id = users.id_of(email)
    account.replace_password(user_id, _password(from_stdin=password_stdin))


@cli.command("delete")
@EMAIL
@in_transaction
def delete(email: str) -> None:
    """Delete the account EMAIL and everything that belongs to it. The last admin stays."""
    account.remove(users.id_of(email))


def _in_words(shown: dict[str, Any]) -> dict[str, Any]:
    """The account for people's eyes."""
    state = "disabled" if shown["disabled"] else "open" if shown["email_verified"] else "unverified"
    return shown | {"roles": ",".join(shown["roles"]), "state": state}


def _check(fields: dict[str, str | None]) -> None:
    """Refuse what the API would refuse."""
    errors: dict[str, list[str]] = NewAccount().validate(fields)
    if errors:
        raise Refused("; ".join(f"{field}: {sentence}" for field, (sentence, *_) in errors.items()))


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
