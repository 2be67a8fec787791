"""POST /auth/logout: whatever is alive ends, whatever is dead is no obstacle."""

from itertools import count

import pytest
import sqlalchemy as sa
from time_machine import TimeMachineFixture

from app.audit import service as audit
from app.audit.service import EVENTS
from app.kit import pruning
from app.kit.database import db, transaction
from app.users.models import User
from tests.auth.forging import bearer, claims_of
from tests.auth.jars import ACCESS, REFRESH, cleared
from tests.auth.tables import dump
from tests.cast import Browser, Person, Service, code
from tests.kit.faults import failing

LOGGED_OUT = (401, "session_ended", "logout")


def tokens_of(person: Browser | Service) -> tuple[str, str]:
    """The access and the refresh token."""
    if isinstance(person, Service):
        return person.access_token, person.refresh_token
    return str(person.cookie("access_token")), str(person.cookie("refresh_token"))


def by_bearer(person: Person, tokens: tuple[str, str]) -> list[tuple[int, str | None, str | None]]:
    """What a guarded route says of the access token, and refresh of the other."""
    other = Person(person.app)
    answers = [other.get("/me", headers=bearer(tokens[0])), other.post("/auth/refresh", headers=bearer(tokens[1]))]
    return [(*code(answer), answer.get_json().get("reason")) for answer in answers]


def test_a_logout_by_cookie_ends_both_tokens_and_clears_the_jar(alice: Browser) -> None:
    tokens = tokens_of(alice)

    answer = alice.post("/auth/logout")

    assert (answer.status_code, answer.data, cleared(answer)) == (204, b"", ACCESS | REFRESH)
    assert by_bearer(alice, tokens) == [LOGGED_OUT] * 2


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_logout_by_either_bearer_token_ends_both(robot: Service, kind: str) -> None:
    tokens = tokens_of(robot)

    answer = Person(robot.app).post("/auth/logout", headers=bearer(tokens[kind == "refresh"]))

    assert (answer.status_code, cleared(answer)) == (204, frozenset())
    assert by_bearer(robot, tokens) == [LOGGED_OUT] * 2


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_logout_by_either_cookie_alone_ends_both(alice: Browser, kind: str) -> None:
    tokens = tokens_of(alice)
    value = str(alice.cookie(f"csrf_{kind}_token"))
    alice.drop_cookie("refresh_token" if kind == "access" else "access_token")

    answer = alice.post("/auth/logout", headers={"X-CSRF-TOKEN": value})

    assert (answer.status_code, cleared(answer)) == (204, ACCESS | REFRESH)
    assert by_bearer(alice, tokens) == [LOGGED_OUT] * 2


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_logout_with_one_live_cookie_beside_a_dead_one_ends_the_session(alice: Browser, kind: str) -> None:
    tokens = tokens_of(alice)
    alice.set_cookie("refresh_token" if kind == "access" else "access_token", "dead")

    answer = alice.post("/auth/logout", headers={"X-CSRF-TOKEN": str(alice.cookie(f"csrf_{kind}_token"))})

    assert (answer.status_code, cleared(answer)) == (204, ACCESS | REFRESH)
    assert by_bearer(alice, tokens) == [LOGGED_OUT] * 2


def test_a_logout_with_the_access_token_expired_ends_the_session(
    alice: Browser, time_machine: TimeMachineFixture
) -> None:
    tokens = tokens_of(alice)
    time_machine.move_to(claims_of(tokens[0])["exp"] + 60, tick=False)

    answer = alice.post("/auth/logout", headers={"X-CSRF-TOKEN": str(alice.cookie("csrf_refresh_token"))})

    assert answer.status_code == 204
    assert by_bearer(alice, tokens) == [(401, "token_expired", None), LOGGED_OUT]


def test_a_logout_ends_the_sessions_of_both_cookies_if_they_are_two(alice: Browser, mallory: Browser) -> None:
    first, second = tokens_of(alice), tokens_of(mallory)
    alice.set_cookie("refresh_token", second[1])

    answer = alice.post("/auth/logout")

    assert answer.status_code == 204
    assert [by_bearer(alice, tokens) for tokens in (first, second)] == [[LOGGED_OUT] * 2] * 2


def test_a_second_logout_is_fine(alice: Browser, robot: Service) -> None:
    tokens = tokens_of(alice)

    found = [robot.post("/auth/logout").status_code for _ in range(3)]
    found += [alice.post("/auth/logout").status_code for _ in range(2)]

    assert found == [204] * 5
    assert Person(alice.app).post("/auth/logout", headers=bearer(tokens[1])).status_code == 204


def test_nobody_may_log_out(stranger: Browser) -> None:
    answer = stranger.post("/auth/logout")

    assert (answer.status_code, cleared(answer)) == (204, ACCESS | REFRESH)


def test_other_sessions_of_the_same_person_live_on(alice: Browser) -> None:
    other = Browser(alice.app, alice.email).log_in()

    alice.post("/auth/logout")

    assert (other.get("/me").status_code, other.refresh().status_code) == (200, 200)


def test_a_spent_refresh_token_at_logout_ends_its_session(robot: Service) -> None:
    spent = robot.refresh_token
    for _ in range(2):
        robot.keep(robot.refresh())

    answer = Person(robot.app).post("/auth/logout", headers=bearer(spent))

    assert answer.status_code == 204
    assert by_bearer(robot, tokens_of(robot)) == [LOGGED_OUT] * 2


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_logout_that_cannot_be_told_is_none(robot: Service, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    before, tokens = dump(robot.app), tokens_of(robot)
    monkeypatch.setattr(audit, "told", lambda *_, **__: dict.fromkeys(EVENTS.columns.keys()))

    answer = Person(robot.app).post("/auth/logout", headers=bearer(tokens[kind == "refresh"]))

    assert answer.status_code == 500
    assert dump(robot.app) == before


def test_a_refresh_that_follows_a_logout_revives_nothing(alice: Browser) -> None:
    value = str(alice.cookie("refresh_token"))
    alice.post("/auth/logout")
    alice.set_cookie("refresh_token", value)

    answer = alice.refresh()

    assert (*code(answer), answer.get_json()["reason"]) == LOGGED_OUT
    assert dump(alice.app)["sessions"] == []


def test_a_logout_tells_the_first_reason_for_good(robot: Service) -> None:
    spent = robot.refresh_token
    for _ in range(2):
        robot.keep(robot.refresh())
    robot.refresh(spent)

    assert robot.post("/auth/logout").status_code == 204
    assert by_bearer(robot, tokens_of(robot)) == [(401, "session_ended", "refresh_reused")] * 2


def test_the_cookies_of_a_deleted_user_do_not_block_a_logout(alice: Browser) -> None:
    with alice.app.app_context(), transaction():
        db.session.execute(sa.delete(User))
    alice.drop_cookie("csrf_access_token")

    answer = alice.post("/auth/logout")

    assert (answer.status_code, cleared(answer)) == (204, ACCESS | REFRESH)


def test_a_logout_ignores_a_body(robot: Service) -> None:
    assert robot.post("/auth/logout", data="{", content_type="text/plain").status_code == 204


def test_a_foreign_page_cannot_log_out_by_another_scheme_than_bearer(alice: Browser) -> None:
    headers = {"Authorization": "Basic eA==", "Origin": "https://evil.example"}

    answer = alice.post("/auth/logout", headers=headers)

    assert code(answer) == (403, "csrf_failed")
    assert alice.get("/me").status_code == 200


def test_a_pruning_that_fails_leaves_all_as_it_was(robot: Service) -> None:
    robot.app.extensions[pruning.EXTENSION]["blocklist"] = count(pruning.WRITES)

    with failing(robot.app, "before_cursor_execute", ZeroDivisionError(), at="DELETE FROM blocklist"):
        broken = robot.post("/auth/logout")

    assert code(broken) == (500, "internal_error")
    assert robot.get("/me").status_code == 200
    assert robot.post("/auth/logout").status_code == 204
