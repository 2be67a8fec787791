"""What mails say. Nothing in them was written by a stranger: no name, no text, no link but ours."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from app.kit import mail
from app.kit.settings import settings

TEMPLATES = Environment(
    loader=PackageLoader("app.mails"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
IGNORE = "If it was not you, ignore this mail: without the link nothing happens."
WATCH_OUT = "If it was not you, reset your password at once: ask for the link where you sign in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A letter; `{site}` and `{when}` are filled in. One with a `button` asks for something, by its one link."""

    subject: str
    says: tuple[str, ...]
    button: str = ""
    page: str = ""
    ends: tuple[str, ...] = ()


VERIFY = Wording(
    subject="Confirm your address for {site}",
    says=("An account at {site} was asked for with this address on {when}.", "Confirm that the address is yours:"),
    button="Confirm my address",
    page="verify",
    ends=("The link works once, for 24 hours.", IGNORE),
)
KNOWN = Wording(
    subject="You have an account at {site} already",
    says=(
        "Somebody, perhaps you, wanted to use this address for another account at {site} on {when}.",
        "It has one already, so nothing was changed. If you have forgotten your password, reset it where you sign in.",
    ),
)
RESET = Wording(
    subject="Reset your password for {site}",
    says=("A new password for your account at {site} was asked for on {when}.", "Choose it here:"),
    button="Choose a new password",
    page="reset",
    ends=("The link works once, for 30 minutes. It ends all your sessions.", IGNORE),
)
MOVE = Wording(
    subject="Confirm your new address for {site}",
    says=("This address is to become that of an account at {site}, asked for on {when}.", "Confirm that it is yours:"),
    button="Use this address",
    page="email",
    ends=("The link works once, for one hour.", IGNORE),
)
MOVING_AWAY = Wording(
    subject="Your address at {site} is about to change",
    says=(
        "On {when} your account at {site} was asked to move to another address.",
        "It does as soon as the new address is confirmed. " + WATCH_OUT,
    ),
)
PASSWORD_CHANGED = Wording(
    subject="Your password for {site} was changed",
    says=("The password of your account at {site} was changed on {when}; all other sessions were ended.", WATCH_OUT),
)
PASSWORD_RESET = Wording(
    subject="Your password for {site} was reset",
    says=("The password of your account at {site} was reset by mail on {when}; all sessions were ended.", WATCH_OUT),
)
TEST = Wording(
    subject="A mail from {site}",
    says=("Mails from {site} arrive: this one was sent on {when} to see whether they do.",),
)


def write(wording: Wording, *, to: str, about: datetime, name: UUID | str, token: str = "") -> EmailMessage:
    """The letter to that address about what happened then; `token` goes into its link.

    Raises:
        ValueError: an address that is none.
    """
    site, when = mail.site(), f"{about:%-d %B %Y, %H:%M} UTC"
    subject = wording.subject.format(site=site)
    filled = {
        "site": site,
        "subject": subject,
        "says": [line.format(site=site, when=when) for line in wording.says],
        "button": wording.button,
        "link": f"{settings().public_url}/#/{wording.page}?token={token}" if wording.page else "",
        "ends": wording.ends,
    }
    text, html = (TEMPLATES.get_template(f"letter.{kind}").render(filled) for kind in ("txt", "html"))
    return mail.compose(to, subject, text=text, html=html, name=str(name))
