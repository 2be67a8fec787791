"""No mail is lost, and none is sent twice."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.kit import clock
from app.kit.database import db, read, transaction
from app.mails import delivery
from app.mails import service as mails
from app.mails.delivery import Outcome, send_due
from app.mails.models import Mail, Occasion
from tests.cast import PASSWORD, Browser, code
from tests.post import Post, Sink

EMAIL = "ada@example.com"


def waiting(app: Flask) -> Sequence[sa.Row[Any]]:
    """The mails in the outbox."""
    with app.app_context():
        return read(sa.select(Mail.__table__).order_by(Mail.id))


def live_on(post: Post, until: datetime) -> list[tuple[datetime, Outcome]]:
    """Let time go by, looking into the outbox whenever a mail is due; what happened when."""
    happened = []
    while rows := waiting(post.app):
        moment = max(clock.now(), min(row.due_at for row in rows))
        if moment > until:
            break
        with time_machine.travel(moment, tick=False):
            happened.append((moment, post.deliver()))
    return happened


def test_a_mail_is_queued_with_the_change_it_tells_of_or_not_at_all(post: Post, ada: Browser) -> None:
    assert [each.occasion for each in waiting(post.app)] == ["registered"]

    assert code(ada.post("/auth/register", json={"email": EMAIL, "password": PASSWORD})) == (409, "email_taken")

    assert len(waiting(post.app)) == 1


@pytest.mark.usefixtures("ada")
def test_what_is_queued_has_no_token(post: Post) -> None:
    (mail,) = waiting(post.app)

    assert (mail.address, mail.pending_id, mail.attempts) == (None, None, 0)


@pytest.mark.usefixtures("ada")
def test_with_the_server_down_for_an_hour_every_mail_arrives_once_in_the_end(post: Post, sink: Sink) -> None:
    began = clock.now()
    for number in range(4):
        Browser(post.app, f"somebody-{number}@example.com").register()

    tries = live_on(post, began + timedelta(hours=1))
    assert len(tries) > 250
    assert {outcome.sent for _, outcome in tries} == {0}
    assert len(waiting(post.app)) == 5

    sink.open()
    live_on(post, began + timedelta(hours=1, minutes=2))

    sink.shut()
    assert Counter(each.rcpt_tos[0] for each in sink.envelopes) == Counter(
        [EMAIL, *(f"somebody-{number}@example.com" for number in range(4))]
    )
    assert waiting(post.app) == []


@pytest.mark.usefixtures("ada")
def test_a_mail_is_tried_again_soon_then_each_minute_and_given_up_after_five_days(post: Post) -> None:
    with time_machine.travel(clock.now(), tick=False):
        began = clock.now()
        first_hour = [moment - began for moment, _ in live_on(post, began + timedelta(hours=1))]

    gaps = [later - earlier for earlier, later in pairwise(first_hour)]
    assert (first_hour[0] < timedelta(seconds=2), gaps[0] <= timedelta(seconds=3)) == (True, True)
    assert max(gaps) <= timedelta(seconds=61)
    with time_machine.travel(began + timedelta(days=5) - timedelta(hours=1)):
        assert post.deliver() == Outcome(postponed=1)
    with time_machine.travel(began + timedelta(days=5, hours=1)):
        assert post.deliver() == Outcome(given_up=1)
    assert waiting(post.app) == []


@pytest.mark.usefixtures("ada")
def test_while_the_server_is_away_no_token_is_made(post: Post) -> None:
    post.deliver()

    with post.app.app_context():
        assert db.session.scalar(sa.text("SELECT count(*) FROM mailed_tokens")) == 0


@pytest.mark.usefixtures("ada")
def test_one_mail_that_is_refused_for_now_holds_up_no_other(post: Post, sink: Sink) -> None:
    Browser(post.app, "bob@example.com").register()
    sink.answers = ["451 Not now"]
    sink.open()

    outcome = post.deliver()

    assert outcome == Outcome(sent=1, postponed=1)
    live_on(post, clock.now() + timedelta(hours=1))
    sink.shut()
    assert Counter(each.rcpt_tos[0] for each in sink.envelopes) == Counter([EMAIL, "bob@example.com"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("550 No such mailbox", Outcome(given_up=1)), ("450 Come again later", Outcome(postponed=1))],
)
@pytest.mark.usefixtures("ada")
def test_a_mailbox_that_is_refused_for_good_is_given_up(post: Post, sink: Sink, answer: str, expected: Outcome) -> None:
    sink.refuses[EMAIL] = answer
    sink.open()

    outcome = post.deliver()

    sink.shut()
    assert (outcome, len(waiting(post.app))) == (expected, expected.postponed)


@pytest.mark.usefixtures("ada")
def test_a_mail_that_cannot_be_written_holds_up_no_other(
    post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    Browser(post.app, "bob@example.com").register()
    compose = post.app.extensions[delivery.EXTENSION]
    broken = waiting(post.app)[0].id

    def stumble(mail: Mail) -> object:
        if mail.id == broken:
            raise LookupError
        return compose(mail)

    monkeypatch.setitem(post.app.extensions, delivery.EXTENSION, stumble)
    sink.open()

    outcome = post.deliver()

    sink.shut()
    assert (outcome, [each.id for each in waiting(post.app)]) == (Outcome(sent=1, postponed=1), [broken])


def test_a_mail_that_lost_its_meaning_is_not_sent(post: Post, ada: Browser, sink: Sink) -> None:
    ada.log_in().delete("/me", json={"password": PASSWORD})
    with post.app.app_context(), transaction():
        mails.queue(Occasion.FORGOT, address="nobody@example.com")
    sink.open()

    outcome = post.deliver()

    sink.shut()
    assert (outcome, sink.envelopes, waiting(post.app)) == (Outcome(), [], [])


@pytest.mark.usefixtures("ada")
def test_a_sender_that_is_told_to_stop_begins_no_other_mail(post: Post, sink: Sink) -> None:
    Browser(post.app, "bob@example.com").register()
    stopping = Event()
    sink.on_data = stopping.set
    sink.open()

    outcome = send_due(post.app, stopping)

    sink.shut()
    assert (outcome, len(waiting(post.app))) == (Outcome(sent=1), 1)
