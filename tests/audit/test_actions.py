"""Each thing that happens is told, once, by whom and to whom; what did not happen is not told."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.kit.database import transaction
from app.sessions import service as sessions
from app.sessions.models import Reason
from app.users import changes
from app.users import service as users
from tests.audit.events import events, told
from tests.auth.forging import claims_of
from tests.cast import PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp
from tests.kit.faults import failing, listening
from tests.post import Post

NEW = "seven purple umbrellas dancing"


def id_of(who: Person) -> UUID:
    """Somebody's account."""
    with who.app.app_context():
        return users.id_of(who.email)


def session_of(robot: Service) -> UUID:
    """The session of a program."""
    return UUID(claims_of(robot.access_token)["sid"])


def test_a_life_by_bearer_is_told(app: Flask) -> None:
    robot = Service(app, "robot@example.com").register().log_in()
    robot.keep(robot.refresh()).post("/auth/step-up", json={"password": PASSWORD})
    robot.post("/auth/step-up", json={"password": "wrong"})
    robot.patch("/me", json={"name": "Robot"})
    robot.post("/auth/logout")

    assert told(app) == [
        *("user.registered", "session.begun", "session.proven", "proof.failed", "user.renamed"),
        "session.ended logout",
    ]


def test_an_event_says_who_where_and_in_which_session(robot: Service) -> None:
    headers = {"User-Agent": "Robot/1.0 (tin)", "X-Request-ID": "the-step-up"}

    robot.post("/auth/step-up", json={"password": PASSWORD}, headers=headers | robot.credentials("POST", ""))

    event, mine = events(robot.app)[-1], id_of(robot)
    assert (event.action, event.actor_id, event.subject_id) == ("session.proven", mine, mine)
    assert (event.session_id, event.ip) == (session_of(robot), "127.0.0.1")
    assert (event.user_agent, event.request_id, event.detail) == ("Robot/1.0 (tin)", "the-step-up", {})


def test_a_login_and_a_logout_are_told_of_their_owner(robot: Service) -> None:
    robot.post("/auth/logout")

    begun, ended = events(robot.app)[-2:]
    assert {(each.actor_id, each.subject_id, each.session_id) for each in (begun, ended)} == {
        (id_of(robot), id_of(robot), session_of(robot))
    }


@pytest.mark.parametrize(
    ("email", "password", "known"),
    [
        ("robot@example.com", "wrong", True),
        ("nobody@example.com", PASSWORD, False),
        ("no address", PASSWORD, False),
    ],
)
def test_a_failed_login_is_told_of_nobody_but_whom_it_aimed_at(
    robot: Service, email: str, password: str, *, known: bool
) -> None:
    answer = Person(robot.app).post("/auth/login", json={"email": email, "password": password})

    event = events(robot.app)[-1]
    assert code(answer) == (401, "invalid_credentials")
    assert (event.action, event.detail) == ("login.failed", {"code": "invalid_credentials"})
    assert (event.actor_id, event.subject_id, event.session_id) == (None, id_of(robot) if known else None, None)


def test_the_right_password_of_a_disabled_account_is_told_as_such(robot: Service) -> None:
    with robot.app.app_context(), transaction():
        changes.disable(users.id_of(robot.email))

    answer = Person(robot.app).post("/auth/token", json={"email": robot.email, "password": PASSWORD})

    assert code(answer) == (403, "account_disabled")
    assert (told(robot.app)[-1], events(robot.app)[-1].detail) == ("login.failed", {"code": "account_disabled"})


def test_a_failed_login_costs_the_same_statements_for_known_and_unknown_accounts(robot: Service) -> None:
    said: dict[str, list[str]] = {}
    for email in (robot.email, "nobody@example.com"):
        said[email] = []
        with listening(
            robot.app, "before_cursor_execute", lambda *said_now, kept=said[email]: kept.append(said_now[2])
        ):
            Person(robot.app).post("/auth/login", json={"email": email, "password": "wrong"})

    assert said[robot.email] == said["nobody@example.com"]
    assert [each for each in said[robot.email] if "audit_events" in each] != []


def test_a_reused_refresh_token_is_told_twice_over(make_app: MakeApp) -> None:
    app = make_app(refresh_replay=timedelta(0))
    robot = Service(app, "robot@example.com").register().log_in()
    spent = robot.refresh_token
    robot.keep(robot.refresh())

    robot.refresh(spent)
    robot.refresh(spent)

    assert told(app)[-2:] == ["session.ended refresh_reused", "session.refresh-reused"]
    assert {each.actor_id for each in events(app)[-2:]} == {None}


def test_a_password_and_an_address_that_change_are_told(post: Post) -> None:
    ada = Browser(post.app, "ada@example.com").register().log_in()
    Service(post.app, ada.email).log_in()
    before = len(events(post.app))
    ada.post("/me/password", json={"current_password": PASSWORD, "new_password": NEW})
    post.arrived()
    ada.post("/me/email", json={"email": "countess@example.com", "password": NEW})
    token = post.token("countess@example.com", "email")
    assert code(ada.post("/auth/email/verify", json={"token": token})) == (204, None)

    assert told(post.app, since=before) == [
        *("password.changed", "session.ended password_changed", "email.change-asked", "email.changed"),
    ]


def test_a_reset_is_told_from_the_asking_on(post: Post) -> None:
    ada = Browser(post.app, "ada@example.com").register().log_in()
    post.arrived()
    before = len(events(post.app))
    for email in (ada.email, "nobody@example.com"):
        ada.post("/auth/password/forgot", json={"email": email})

    ada.post("/auth/password/reset", json={"token": post.token(ada.email, "reset"), "password": NEW})

    assert told(post.app, since=before) == [
        *("password.reset-asked", "password.reset-asked", "password.reset", "session.ended password_reset"),
    ]
    assert [each.subject_id for each in events(post.app)[before:]] == [id_of(ada), None, id_of(ada), id_of(ada)]


def test_a_deleted_account_leaves_its_events_as_a_pseudonym(robot: Service) -> None:
    mine = id_of(robot)

    robot.delete("/me", json={"password": PASSWORD})

    assert told(robot.app)[-2:] == ["session.ended account_deleted", "user.deleted"]
    assert {each.subject_id for each in events(robot.app) if each.subject_id} == {mine}
    assert robot.email not in repr(events(robot.app))


def test_what_was_rolled_back_was_never_told(robot: Service) -> None:
    before = events(robot.app)

    with failing(robot.app, "commit", ZeroDivisionError()):
        answers = [
            robot.delete("/me/sessions"),
            robot.patch("/me", json={"name": "x"}),
            Service(robot.app).post("/auth/token", json={"email": robot.email, "password": PASSWORD}),
        ]

    assert [each.status_code for each in answers] == [500] * 3
    assert events(robot.app) == before


def test_a_refusal_that_does_not_stand_tells_nothing(admin: Browser) -> None:
    before = events(admin.app)

    answers = [
        admin.delete("/me", json={"password": PASSWORD}),
        admin.post("/me/password", json={"current_password": PASSWORD, "new_password": "password123"}),
        admin.post("/auth/password/reset", json={"token": "x" * 32, "password": NEW}),
    ]

    assert [code(each)[1] for each in answers] == ["last_admin", "validation_failed", "token_unusable"]
    assert events(admin.app) == before


def test_the_same_name_again_is_no_change_and_not_told(robot: Service) -> None:
    for name in ("R2", "R2", None, None):
        assert robot.patch("/me", json={"name": name}).get_json()["name"] == name

    assert told(robot.app)[-3:] == ["session.begun", "user.renamed", "user.renamed"]


def test_ending_what_has_ended_is_not_told_again(robot: Service) -> None:
    robot.post("/auth/logout")
    before = events(robot.app)

    with robot.app.app_context(), transaction():
        again = sessions.end(session_of(robot), Reason.LOGOUT)
    robot.post("/auth/logout")

    assert (again, events(robot.app)) == (False, before)


def test_a_command_is_told_without_a_request(app: Flask) -> None:
    app.test_cli_runner().invoke(args=["users", "create", "ada@example.com", "--password-stdin"], input=PASSWORD)

    event = events(app)[-1]
    assert (event.action, event.detail) == ("user.registered", {"roles": ["user"]})
    assert (event.actor_id, event.ip, event.user_agent, event.request_id) == (None,) * 4


def test_the_life_of_a_key_is_told(app: Flask) -> None:
    before = len(events(app))
    flask = app.test_cli_runner()

    for arguments in (["generate"], ["rotate"], ["reseal"]):
        assert flask.invoke(args=["keys", *arguments]).exit_code == 0

    assert [each.action for each in events(app)[before:]] == ["key.generated", "key.rotated", "ring.resealed"]
