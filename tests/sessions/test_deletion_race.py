"""A request in flight while its account is deleted is refused; it is no error of ours."""

from threading import Event

import sqlalchemy as sa

from app.kit.database import db
from app.users.models import User
from tests.cast import Service, code
from tests.patience import PATIENCE
from tests.sessions.waiting import started, tell_of_writers, until_it_waits


def meanwhile_deleted(robot: Service, method: str, path: str) -> tuple[int, str | None]:
    """Send the request, and delete the account when it has passed the guard but has not written yet."""
    answers: list[tuple[int, str | None]] = []
    writing = Event()

    with robot.app.app_context():
        hush = tell_of_writers(writing.set)
        with db.engine.begin() as connection:
            connection.execute(sa.delete(User))
            thread = started(lambda: answers.append(code(robot.request(method, path, json={"name": "R2"}))))
            assert writing.wait(PATIENCE)
            until_it_waits(thread)
        thread.join(PATIENCE)
        hush()
    return answers[0]


def test_a_refresh_that_overlaps_the_deletion_of_its_account_is_refused(robot: Service) -> None:
    assert meanwhile_deleted(robot, "POST", "/auth/refresh") == (401, "refresh_invalid")


def test_a_logout_that_overlaps_the_deletion_of_its_account_is_fine(robot: Service) -> None:
    assert meanwhile_deleted(robot, "POST", "/auth/logout") == (204, None)


def test_a_change_that_overlaps_the_deletion_of_its_account_is_refused(robot: Service) -> None:
    status, _ = meanwhile_deleted(robot, "PATCH", "/me")

    assert status < 500
