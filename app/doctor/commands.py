"""`flask doctor`."""

from collections import Counter
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import with_appcontext
from flask.json import dumps

from app.doctor import service as doctor
from app.doctor.models import Finding, Severity
from app.kit.commands import AS_JSON

REFUSED = 1
WIDTH = 100


@click.command("doctor")
@AS_JSON
@click.option("--quiet", is_flag=True, help="Leave out what is well.")
@with_appcontext
@click.pass_context
def cli(context: click.Context, *, as_json: bool, quiet: bool) -> None:
    """Look at this deployment as it is, and say what is wrong, why, and what helps.

    Changes nothing, prints no secret, and ends within half a minute. Run it with the environment of the server, as the
    account that serves. A setting that stops the start is one line on standard error, as everywhere. The exit code is 1
    if something is fatal.
    """
    found = doctor.examine(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  Flask's documented way
    shown = [each for each in found if not (quiet and each.severity is Severity.OK)]
    click.echo(_as_json(found, shown) if as_json else _as_text(found, shown))
    if any(each.severity is Severity.FATAL for each in found):
        context.exit(REFUSED)


def _as_json(found: list[Finding], shown: list[Finding]) -> str:
    return dumps({"status": found[0].severity, "findings": [asdict(each) for each in shown]})


def _as_text(found: list[Finding], shown: list[Finding]) -> str:
    counted = Counter(each.severity for each in found)
    summary = ", ".join(f"{counted[each]} {each}" for each in Severity)
    return "\n".join([*map(_paragraph, shown), summary])


def _paragraph(finding: Finding) -> str:
    lines = [f"{finding.severity:<8} {finding.id:<24} {finding.found}"]
    told = (("why", finding.reason), ("cure", finding.cure))
    lines += [click.wrap_text(each, WIDTH, f"{name:>14}  ", " " * 16) for name, each in told if each]
    return "\n".join(lines) + ("\n" if finding.cure else "")
