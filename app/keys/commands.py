"""`flask keys ...`: the signing keys from the command line."""

from collections.abc import Callable, Sequence
from typing import Any

import click
from flask import Flask, current_app
from flask.json import dumps

from app.keys import service as keys
from app.keys.algorithms import ALGORITHMS, UnfitKey
from app.keys.models import StoredKey
from app.keys.problems import RingRefusal
from app.keys.schemas import KeyOut
from app.kit.commands import Commands, Refused, in_transaction
from app.kit.sealing import CannotOpen

cli = Commands(
    "keys",
    help="The signing keys: next, active, verifying, gone; or revoked. A change counts from the next request.",
)
END_SESSIONS = "latchkey-end-sessions"
KID_MAY_BEGIN_WITH_DASH = {"ignore_unknown_options": True}  # base64url
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
UNOPENED = "A key was sealed under a secret that is not here: set it in SECRET_KEY_FALLBACKS."


def init_app(app: Flask, *, end_sessions: Callable[[], int]) -> None:
    """Add the commands; `end_sessions` is how `revoke --end-sessions` ends them all, and says how many."""
    app.extensions[END_SESSIONS] = end_sessions
    app.cli.add_command(cli)


@cli.command("list")
@AS_JSON
@in_transaction
def show(*, as_json: bool) -> None:
    """List the keys, oldest first."""
    _print(keys.listed(), as_json=as_json)


@cli.command("generate")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="Else JWT_ALGORITHM.")
@AS_JSON
@in_transaction
def generate(algorithm: str | None, *, as_json: bool) -> None:
    """Publish a next key; it signs after `keys rotate`."""
    _print([_refusing(lambda: keys.generate(algorithm))], as_json=as_json)


@cli.command("import")
@click.argument("file", type=click.File("rb"))
@AS_JSON
@in_transaction
def adopt(file: Any, *, as_json: bool) -> None:
    """Publish the private key in FILE (PEM or JWK, `-` for standard input) as the next key."""
    _print([_refusing(lambda: keys.adopt(file.read()))], as_json=as_json)


@cli.command("rotate")
@click.option("--now", "at_once", is_flag=True, help="Do not warn that the next key is young.")
@AS_JSON
@in_transaction
def rotate(*, at_once: bool, as_json: bool) -> None:
    """Sign with the next key (made if there is none); the old one verifies until its tokens have lived out."""
    if not at_once and keys.is_too_early():
        click.echo(
            f"Warning: the next key was published less than {keys.PUBLISHED_SECONDS} s ago;"
            " services that cache the JWKS may not know it yet.",
            err=True,
        )
    _print([_refusing(keys.rotate)], as_json=as_json)


@cli.command("retire", context_settings=KID_MAY_BEGIN_WITH_DASH)
@click.argument("kid")
@in_transaction
def retire(kid: str) -> None:
    """Take a verifying key back: its tokens count no more. A next key is withdrawn."""
    _refusing(lambda: keys.retire(kid))


@cli.command("revoke", context_settings=KID_MAY_BEGIN_WITH_DASH)
@click.argument("kid")
@click.option("--end-sessions", is_flag=True, help="End every session too, with reason key_revoked.")
@AS_JSON
def revoke(kid: str, *, end_sessions: bool, as_json: bool) -> None:
    """Let nothing count that the key signed, as after a leak. Sessions survive: clients refresh and do not notice."""
    _revoke(kid)
    ended = current_app.extensions[END_SESSIONS]() if end_sessions else 0
    click.echo(dumps({"kid": kid, "sessions_ended": ended}) if as_json else f"{kid} revoked, {ended} sessions ended")


@in_transaction
def _revoke(kid: str) -> None:
    """Revoke before any session is ended: however many there are, the leak stops here."""
    _refusing(lambda: keys.revoke(kid))


@cli.command("reseal")
@AS_JSON
@in_transaction
def reseal(*, as_json: bool) -> None:
    """Seal every key under the present SECRET_KEY; afterwards SECRET_KEY_FALLBACKS can go."""
    count = _refusing(keys.reseal)
    click.echo(dumps({"resealed": count}) if as_json else f"{count} keys sealed under the present SECRET_KEY")


def _refusing(change: Callable[[], Any]) -> Any:
    try:
        return change()
    except (RingRefusal, UnfitKey) as refusal:
        raise Refused(str(refusal)) from None
    except CannotOpen:
        raise Refused(UNOPENED) from None


def _print(found: Sequence[StoredKey], *, as_json: bool) -> None:
    shown = KeyOut(many=True).dump(found)
    if as_json:
        click.echo(dumps({"items": shown}))
        return
    for key in shown:
        click.echo(f"{key['kid']:<43}  {key['algorithm']:<6}  {key['state']:<9}  {key['created_at']}")
