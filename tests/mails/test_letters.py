"""What mails say, and what nobody can make them say."""

from email import message_from_bytes, policy

import pytest
from flask import Flask

from app.kit import clock, mail
from app.mails import letters
from app.mails.letters import Wording
from environment import mail_route
from tests.conftest import MakeApp
from tests.post import link_or_none, text_of

EVERY = [each for each in vars(letters).values() if isinstance(each, Wording)]
TOKEN = "0123456789abcdefghijklmnopqrstuv"


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    """An application known under a name of its own."""
    return make_app(public_url="https://www.example/app", mail_url=mail_route("smtp://h?from=hello@mail.example"))


@pytest.mark.parametrize("wording", EVERY, ids=[each.subject for each in EVERY])
def test_a_letter_is_plain_text_with_a_twin_and_at_most_one_link(site: Flask, wording: Wording) -> None:
    with site.app_context():
        message = letters.write(wording, to="ada@example.com", about=clock.now(), name="the-name", token=TOKEN)

    read = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    text, html, link = text_of(read), text_of(read, "html"), link_or_none(read)
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert (link is None, wording.page == "") in {(True, True), (False, False)}
    assert html.count("href=") == text.count("://") == (1 if wording.page else 0)
    if link:
        assert (link["url"], link["page"], link["token"]) == ("https://www.example/app", wording.page, TOKEN)
        assert f'href="https://www.example/app/#/{wording.page}?token={TOKEN}"' in html
    assert "www.example" in str(read["Subject"])
    assert not any(mark in text + html for mark in ("{", "}}", "None")) or "@media" in html
    assert max(map(len, text.splitlines())) < 90


def test_a_mail_says_whom_it_is_from_and_that_no_person_wrote_it(site: Flask) -> None:
    with site.app_context():
        message = letters.write(letters.TEST, to="ada@example.com", about=clock.now(), name="the-name")

    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("www.example", "hello@mail.example")
    assert (message["Message-ID"], message["Auto-Submitted"]) == ("<the-name@mail.example>", "auto-generated")
    assert message["Date"].datetime.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com; eve@example.com",
        "<eve@example.com> ada@example.com",
        "=?us-ascii?q?ada=0D=0ABcc=3A_eve=40example.com?=@example.com",
        "=?us-ascii?q?eve=40example.com=2C_ada?=@example.com",
    ],
)
def test_an_address_cannot_become_a_header_or_another_recipient(site: Flask, to: str) -> None:
    with site.app_context():
        try:
            message = mail.compose(to, "Hello", text="x", html="x", name="n")
        except ValueError:
            return

    read = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    assert (read["Bcc"], len(read["To"].addresses)) == (None, 1)


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@example.com", "Hello\nX: y"])
def test_a_subject_cannot_become_a_header(site: Flask, subject: str) -> None:
    with site.app_context(), pytest.raises(ValueError, match="linefeed"):
        mail.compose("ada@example.com", subject, text="x", html="x", name="n")


def test_an_address_outside_ascii_keeps_its_letters(site: Flask) -> None:
    with site.app_context():
        message = mail.compose("j\u00f6rg@example.com", "Hello", text="x", html="x", name="n")

    assert "To: j\u00f6rg@example.com\r\n".encode() in message.as_bytes()
