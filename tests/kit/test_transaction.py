"""One request, one transaction: all of it counts, or nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.kit.database import read
from app.sessions.models import Session
from app.users.models import User
from tests.cast import ORIGIN, PASSWORD, Browser, Service, code
from tests.conftest import MakeApp
from tests.kit.faults import failing, refused_commit
from tests.kit.writing import with_writing_routes, written

BROKEN_ENDS: dict[str, tuple[Exception, int]] = {
    "the database": (OperationalError("COMMIT", {}, ConnectionError()), 503),
    "a bug": (ZeroDivisionError(), 500),
}


def count(app: Flask, model: type[User | Session]) -> int:
    """How many of these are there for everybody to see."""
    with app.app_context():
        return int(read(sa.select(sa.func.count()).select_from(model))[0][0])


@pytest.mark.parametrize(
    ("view", "status", "kept"),
    [
        ("succeed", 200, {"first", "second"}),
        ("break_between", 500, set()),
        ("refuse", 404, set()),
        ("refuse_late", 404, set()),
        ("refuse_standing", 404, {"first"}),
        ("refuse_also_standing", 404, {"first"}),
    ],
)
def test_what_was_written_counts_only_if_all_went_well_or_the_refusal_stands(
    make_app: MakeApp, view: str, status: int, kept: set[str]
) -> None:
    app = with_writing_routes(make_app())

    answer = app.test_client().post(f"/test/{view}")

    assert answer.status_code == status
    assert written(app) == kept


def test_a_failure_leaves_nothing_to_the_next_request(make_app: MakeApp) -> None:
    app = with_writing_routes(make_app(web_threads=2))
    client = app.test_client()

    failures = [client.post("/test/break_between").status_code for _ in range(10)]

    assert failures == [500] * 10
    assert client.post("/test/succeed").status_code == 200
    assert written(app) == {"first", "second"}


def test_half_a_registration_is_none(stranger: Browser) -> None:
    body = {"email": stranger.email, "password": PASSWORD}

    with failing(stranger.app, "before_cursor_execute", ZeroDivisionError(), at="INSERT INTO user_roles"):
        broken = stranger.post("/auth/register", json=body)

    assert code(broken) == (500, "internal_error")
    assert count(stranger.app, User) == 0
    assert stranger.post("/auth/register", json=body).status_code == 201


def test_half_a_login_is_none(stranger: Browser) -> None:
    stranger.register()

    with failing(stranger.app, "before_cursor_execute", ZeroDivisionError(), at="INSERT INTO known_networks"):
        broken = stranger.post("/auth/login", json={"email": stranger.email, "password": PASSWORD})

    assert code(broken) == (500, "internal_error")
    assert broken.headers.getlist("Set-Cookie") == []
    assert count(stranger.app, Session) == 0


@pytest.mark.parametrize(("fault", "status"), BROKEN_ENDS.values(), ids=BROKEN_ENDS)
def test_a_login_that_cannot_be_kept_promises_nothing(stranger: Browser, fault: Exception, status: int) -> None:
    stranger.register()

    with failing(stranger.app, "commit", fault):
        answer = stranger.post("/auth/login", json={"email": stranger.email, "password": PASSWORD})

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.headers.getlist("Set-Cookie") == []
    assert not [name for name in answer.headers.keys() if name.startswith("X-CSRF")]  # noqa: SIM118  items otherwise
    assert count(stranger.app, Session) == 0
    assert stranger.log_in().get("/me").status_code == 200


@pytest.mark.parametrize(("fault", "status"), BROKEN_ENDS.values(), ids=BROKEN_ENDS)
def test_tokens_that_cannot_be_kept_are_not_handed_out(robot: Service, fault: Exception, status: int) -> None:
    with failing(robot.app, "commit", fault):
        issued = Service(robot.app).post("/auth/token", json={"email": robot.email, "password": PASSWORD})
    with failing(robot.app, "before_cursor_execute", fault, at="UPDATE sessions"):
        renewed = robot.refresh()

    assert [issued.status_code, renewed.status_code] == [status, status]
    assert 'token":' not in issued.text + renewed.text
    assert robot.refresh().status_code == 200


def test_a_refresh_that_cannot_be_kept_leaves_the_cookies_as_they_are(alice: Browser) -> None:
    with failing(alice.app, "before_cursor_execute", BROKEN_ENDS["the database"][0], at="UPDATE sessions"):
        answer = alice.refresh()

    assert code(answer) == (503, "unavailable")
    assert answer.headers.getlist("Set-Cookie") == []
    assert alice.refresh().status_code == 200


def test_a_reused_refresh_token_ends_its_session_although_it_is_refused(make_app: MakeApp) -> None:
    app = make_app(refresh_replay=timedelta(0))
    robot = Service(app, "robot@example.com").register().log_in()
    spent = robot.refresh_token
    robot.keep(robot.refresh())

    answer = robot.refresh(spent)

    assert code(answer) == (401, "refresh_reused")
    assert count(app, Session) == 0
    assert code(robot.get("/me")) == (401, "session_ended")


def test_a_refusal_that_cannot_be_kept_is_not_said(make_app: MakeApp) -> None:
    app = make_app(refresh_replay=timedelta(0))
    robot = Service(app, "robot@example.com").register().log_in()
    spent = robot.refresh_token
    robot.keep(robot.refresh())

    with failing(app, "commit", BROKEN_ENDS["the database"][0]):
        answer = robot.refresh(spent)

    assert code(answer) == (503, "unavailable")
    assert robot.get("/me").status_code == 200


def test_a_commit_that_the_database_refuses_harms_nobody_else(make_app: MakeApp) -> None:
    app = make_app(web_threads=2)
    robot, alice = (Service(app, f"{name}@example.com").register().log_in() for name in ("robot", "alice"))

    with refused_commit(app):
        answers = [robot.post("/tasks", json={"title": "Rest"}) for _ in range(5)]

    assert {each.status_code for each in answers} <= {404, 500, 503}  # SQLite is refused by an orphan: 404
    assert robot.get("/tasks").get_json()["items"] == []
    assert [alice.post("/tasks", json={"title": "Work"}).status_code for _ in range(5)] == [201] * 5


def test_nothing_is_kept_of_what_an_unknown_path_or_method_was_sent(app: Flask) -> None:
    client = app.test_client()

    answers = [client.post("/nowhere", base_url=ORIGIN), client.put("/api/v1/me", base_url=ORIGIN)]

    assert [each.status_code for each in answers] == [404, 405]
    assert written(app) == set()


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/refresh"])
def test_what_cannot_be_kept_clears_no_cookie(make_app: MakeApp, path: str) -> None:
    fault = BROKEN_ENDS["the database"][0]
    app = make_app(refresh_replay=timedelta(0))
    alice = Browser(app, "alice@example.com").register().log_in()
    spent = str(alice.cookie("refresh_token")), str(alice.cookie("csrf_refresh_token"))
    alice.refresh()
    if path == "/auth/refresh":
        alice.set_cookie("refresh_token", spent[0])
        alice.set_cookie("csrf_refresh_token", spent[1])

    with failing(app, "commit", fault), failing(app, "before_cursor_execute", fault, at="WITH gone"):
        answer = alice.post(path)  # the latter: what PostgreSQL keeps without COMMIT

    assert code(answer) == (503, "unavailable")
    assert answer.headers.getlist("Set-Cookie") == []
