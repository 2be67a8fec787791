"""All sessions end, also the one that begins at this moment; and two who end them at once get along."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from app.account import service as account
from app.kit.database import transaction
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.sessions.service import Device
from app.users import service as users
from tests.auth.tables import dump
from tests.cast import Browser, Service, code
from tests.patience import PATIENCE
from tests.sessions.waiting import started, until_it_waits

EMAIL = "alice@example.com"
ANYWHERE = Device(ip="192.0.2.1", user_agent=None)


def everywhere() -> None:
    """The owner ends all sessions."""
    sessions.end_all(users.id_of(EMAIL), Reason.LOGOUT_EVERYWHERE)


def disabling() -> None:
    """An admin shuts the account."""
    account.disable(users.id_of(EMAIL))


def deletion() -> None:
    """The account is deleted."""
    account.remove(users.id_of(EMAIL))


@pytest.mark.parametrize("change", [everywhere, disabling, deletion])
def test_a_session_that_begins_at_this_moment_ends_with_the_others(app: Flask, change: Callable[[], None]) -> None:
    Browser(app, EMAIL).register()

    def end_them() -> None:
        with app.app_context(), transaction():
            change()

    with app.app_context():
        login = users.login_or_none(EMAIL)
        assert login is not None
        with transaction():
            sessions.start_or_none(
                login.user_id, password_changed_at=login.password_changed_at, by_cookie=True, device=ANYWHERE
            )
            thread = started(end_them)
            until_it_waits(thread)
        thread.join(PATIENCE)

    held = dump(app)
    assert held["sessions"] == []
    assert len(held["blocklist"]) == 1
    assert sum("session.ended" in row for row in held["audit_events"]) == 1


def test_those_who_end_everything_at_once_do_not_block_each_other(app: Flask) -> None:
    robot = Service(app, EMAIL).register()
    for _ in range(5):
        hands = [Service(app, EMAIL).log_in() for _ in range(6)]
        together = Barrier(len(hands))

        def end_all(hand: Service, together: Barrier = together) -> tuple[int, str | None]:
            together.wait(PATIENCE)
            return code(hand.delete("/me/sessions"))

        with ThreadPoolExecutor(len(hands)) as threads:
            outcomes = set(threads.map(end_all, hands))

        assert outcomes <= {(204, None), (401, "session_ended")}
        assert (204, None) in outcomes
    assert robot.log_in().get("/me").status_code == 200
