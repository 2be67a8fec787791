"""What is done once a transaction has been kept: counting, so that no event counts that did not happen."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import pytest
from flask import Flask

from app.audit import service as audit
from app.audit.models import Action
from app.kit.afterwards import once_kept
from app.kit.database import transaction
from tests.cast import PASSWORD, Service
from tests.conftest import MakeApp
from tests.kit.faults import failing, refused_commit
from tests.kit.writing import Refusal, StandingRefusal, fall_over, write

ENDINGS = {
    "all went well": None,
    "a bug": ZeroDivisionError(),
    "a refusal": Refusal(),
    "one that stands": StandingRefusal(),
}


def listened(app: Flask) -> list[str]:
    """The events that are counted from now on."""
    heard: list[str] = []
    audit.init_app(app, listener=lambda action, _detail: heard.append(str(action)))
    return heard


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_promise_is_kept_if_what_was_written_is(app: Flask, ending: str) -> None:
    done: list[str] = []
    fault = ENDINGS[ending]

    with app.app_context(), pytest.raises(type(fault)) if fault else nullcontext(), transaction():
        write("first")
        once_kept(lambda: done.append("counted"))
        assert done == []
        if fault:
            raise fault

    assert done == (["counted"] if ending in {"all went well", "one that stands"} else [])


def test_a_promise_does_not_outlive_its_transaction(app: Flask) -> None:
    done: list[str] = []
    with app.app_context():
        with suppress(ZeroDivisionError), transaction():
            once_kept(lambda: done.append("counted"))
            fall_over()
        with transaction():
            write("first")

    assert done == []


def test_a_failed_login_counts_although_it_is_refused(make_app: MakeApp) -> None:
    app = make_app()
    robot = Service(app, "robot@example.com").register()
    heard = listened(app)

    robot.post("/auth/token", json={"email": robot.email, "password": f"not {PASSWORD}"})

    assert heard == [Action.LOGIN_FAILED]


@contextmanager
def broken(app: Flask, how: str) -> Iterator[Any]:
    """A database that fails a login in the middle, or at its end."""
    statement = failing(app, "before_cursor_execute", ZeroDivisionError(), at="INSERT INTO known_networks")
    with refused_commit(app) if how == "commit" else statement:
        yield


@pytest.mark.parametrize("how", ["statement", "commit"])
def test_a_login_that_comes_to_nothing_counts_nothing(make_app: MakeApp, how: str) -> None:
    app = make_app()
    robot = Service(app, "robot@example.com").register()
    heard = listened(app)

    with broken(app, how):
        answer = robot.post("/auth/token", json={"email": robot.email, "password": PASSWORD})

    assert (answer.status_code == 200, heard) == (False, [])
