"""The thread that empties the outbox of a served application."""

from threading import Event

import pytest

from app.mails import delivery, sender
from app.mails.delivery import Outcome
from tests.mails.conftest import EMAIL
from tests.patience import PATIENCE
from tests.post import Post, Sink

FAILING = 2


@pytest.mark.usefixtures("ada")
def test_what_waits_is_sent_also_after_rounds_that_failed(
    post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[Event] = []
    sent = Event()

    def send_due(app: object, stopping: Event) -> Outcome:
        del app
        rounds.append(stopping)
        if len(rounds) <= FAILING:
            raise ConnectionError
        outcome = delivery.send_due(post.app, stopping)
        sent.set()
        return outcome

    monkeypatch.setattr(sender, "send_due", send_due)
    monkeypatch.setattr(sender, "POLL_SECONDS", 0.01)
    sink.open()

    thread = sender.Sender(post.app)
    in_time = sent.wait(PATIENCE)
    thread.stop()
    sink.shut()

    assert in_time
    assert [each.rcpt_tos for each in sink.envelopes] == [[EMAIL]]
