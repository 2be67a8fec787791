"""Who sends a mail: one of all senders, until it is sent or the sender has died."""

from threading import Barrier, Event, Semaphore, Thread

import pytest
import time_machine

from app.kit import clock
from app.mails import delivery
from app.mails import service as mails
from app.mails.delivery import Outcome, send_due
from app.mails.models import Mail
from tests.cast import Browser
from tests.patience import PATIENCE
from tests.post import Post, Sink


def test_many_senders_at_once_send_each_mail_once(post: Post, sink: Sink) -> None:
    for number in range(30):
        Browser(post.app, f"somebody-{number}@example.com").register()
    sink.open()
    gate, outcomes = Barrier(8), list[Outcome]()

    def send() -> None:
        gate.wait()
        outcomes.append(send_due(post.app, Event()))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sink.shut()
    assert sum(outcome.sent for outcome in outcomes) == len(sink.envelopes) == 30
    assert len({each.rcpt_tos[0] for each in sink.envelopes}) == 30


@pytest.mark.usefixtures("ada")
def test_a_mail_on_its_way_is_nobody_elses_however_long_it_takes(
    post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RENEW_SECONDS", 0.1)
    renewals, hold = Semaphore(0), mails.hold

    def held(mail: Mail) -> bool:
        kept = hold(mail)
        renewals.release()
        return kept

    monkeypatch.setattr(mails, "hold", held)
    others: list[Outcome] = []

    def while_it_is_under_way() -> None:
        with time_machine.travel(clock.now(), tick=False) as time:
            for _ in range(4):  # twice as long as the first claim lasts
                time.shift(mails.LEASE / 2)
                await_one_more(renewals)
            others.append(send_due(post.app, Event()))

    sink.on_data = while_it_is_under_way
    sink.open()

    outcome = post.deliver()

    sink.shut()
    assert (outcome, others, len(sink.envelopes)) == (Outcome(sent=1), [Outcome()], 1)


def await_one_more(renewals: Semaphore) -> None:
    """Wait for a renewal that begins after now."""
    while renewals.acquire(blocking=False):
        pass
    for _ in range(2):  # one may be under way
        assert renewals.acquire(timeout=PATIENCE)


@pytest.mark.usefixtures("ada")
def test_a_mail_whose_sender_died_is_taken_up_by_another(post: Post, sink: Sink) -> None:
    with post.app.app_context():
        assert mails.claim_or_none() is not None
    sink.open()

    at_once = post.deliver()
    with time_machine.travel(clock.now() + mails.LEASE):
        later = post.deliver()

    sink.shut()
    assert (at_once, later) == (Outcome(), Outcome(sent=1))


@pytest.mark.usefixtures("ada")
def test_who_lost_the_claim_settles_nothing(post: Post) -> None:
    with post.app.app_context():
        mine = mails.claim_or_none()
        with time_machine.travel(clock.now() + mails.LEASE):
            theirs = mails.claim_or_none()
        assert mine is not None
        assert theirs is not None

        assert (mails.done(mine), mails.hold(mine), mails.hold(theirs), mails.done(theirs)) == (
            False,
            False,
            True,
            True,
        )
