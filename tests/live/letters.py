"""Mails that a server has written into its directory."""

from collections.abc import Collection
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from time import monotonic

from tests.patience import PATIENCE
from tests.post import address_of, link_or_none

PAUSE = Event()  # never set: waiting for it is a pause that ends at once where nothing is left to wait for


def arrived(folder: Path, to: str) -> list[EmailMessage]:
    """What has arrived at that address, oldest first."""
    parsed = (message_from_bytes(each.read_bytes(), policy=policy.SMTP) for each in sorted(folder.glob("*.eml")))
    return [each for each in parsed if address_of(each) == to]


def token(folder: Path, to: str, page: str, *, other_than: Collection[str] = ()) -> str:
    """A token mailed there that leads to the page; waits until one has arrived that is none of those others."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        links = [link_or_none(each) for each in arrived(folder, to)]
        found = [link["token"] for link in links if link and link["page"] == page and link["token"] not in other_than]
        if found:
            return found[-1]
        PAUSE.wait(0.02)
    raise AssertionError(f"no mail to {page} has arrived at {to}")
