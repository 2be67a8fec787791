"""What is wrong first is said first (contract, end of chapter 3)."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from app.access.callers import Caller
from app.users.roles import Role
from tests.access.house import CSRF, DOORS, house, somebody
from tests.cast import code

FOREIGN = {"HTTP_ORIGIN": "https://evil.example"}
ECHOED = {"HTTP_X_CSRF_TOKEN": CSRF}
HUGE = {"CONTENT_LENGTH": "65537"}
NOT_JSON = {"CONTENT_TYPE": "text/plain"}
JSON = {"CONTENT_TYPE": "application/json"}

NOBODY = None
POWERLESS = somebody(csrf=CSRF, stale=True)
STALE = somebody(Role.USER, csrf=CSRF, stale=True)
WRITER = somebody(Role.USER, csrf=CSRF)

STORIES = {
    "an unknown path before the size": (NOBODY, "POST /nowhere", HUGE, 404, "not_found"),
    "a wrong method before the size": (NOBODY, "PATCH /known", HUGE, 405, "method_not_allowed"),
    "the size before the credential": (NOBODY, "POST /known", HUGE | FOREIGN, 413, "payload_too_large"),
    "the size before the origin": (NOBODY, "POST /open", HUGE | FOREIGN, 413, "payload_too_large"),
    "the size where the view judges": (NOBODY, "POST /judging", HUGE, 413, "payload_too_large"),
    "the size where nothing is read": (NOBODY, "GET /open", HUGE, 413, "payload_too_large"),
    "the origin before the body": (NOBODY, "POST /open", FOREIGN | NOT_JSON, 403, "csrf_failed"),
    "the credential before the origin": (NOBODY, "POST /known", FOREIGN, 401, "credentials_missing"),
    "the credential before the body": (NOBODY, "POST /known", NOT_JSON, 401, "credentials_missing"),
    "the CSRF value before permission": (POWERLESS, "POST /fresh-writers", {}, 403, "csrf_failed"),
    "the origin before permission": (POWERLESS, "POST /writers", FOREIGN | ECHOED, 403, "csrf_failed"),
    "permission before freshness": (POWERLESS, "POST /fresh-writers", ECHOED, 403, "permission_denied"),
    "the role before freshness": (STALE, "GET /fresh-supporters-who-write", {}, 403, "permission_denied"),
    "permission before the body": (POWERLESS, "POST /writers", ECHOED | NOT_JSON, 403, "permission_denied"),
    "freshness before the body": (STALE, "POST /fresh-writers", ECHOED | NOT_JSON, 403, "fresh_login_required"),
    "the media type before the body": (WRITER, "POST /writers", ECHOED | NOT_JSON, 415, "unsupported_media_type"),
    "JSON before its fields": (WRITER, "POST /writers", ECHOED | JSON, 400, "malformed_request"),
}


@pytest.mark.parametrize(("who", "request_line", "sent", "status", "named"), STORIES.values(), ids=STORIES)
def test_the_first_wrong_thing_is_the_one_that_is_said(
    tmp_path: Path, *, who: Caller | None, request_line: str, sent: dict[str, str], status: int, named: str
) -> None:
    method, path = request_line.split()

    answer = house(tmp_path, lambda: who).open(path, method=method, data="{", environ_overrides=sent)

    assert code(answer) == (status, named)


@pytest.mark.parametrize("path", DOORS)
def test_who_has_everything_comes_in_everywhere(tmp_path: Path, path: str) -> None:
    door = house(tmp_path, lambda: somebody(*Role, csrf=CSRF))

    looking, wishing = door.get(path), door.post(path, environ_overrides=ECHOED, json={"wish": "peace"})

    assert (looking.status_code, wishing.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("path", "roles", "stale", "named"),
    [
        ("/known", (), True, None),
        ("/writers", ("viewer",), False, "permission_denied"),
        ("/writers", ("user",), True, None),
        ("/writers", ("a role of yesterday",), False, "permission_denied"),
        ("/readers-and-auditors", ("user",), False, "permission_denied"),
        ("/readers-and-auditors", ("support",), False, "permission_denied"),
        ("/readers-and-auditors", ("support", "viewer"), False, None),
        ("/admins", ("user", "support", "viewer"), False, "permission_denied"),
        ("/admins", ("admin",), True, None),
        ("/fresh", (), True, "fresh_login_required"),
        ("/fresh", (), False, None),
        ("/fresh-supporters-who-write", ("admin",), False, "permission_denied"),
        ("/fresh-supporters-who-write", ("support",), False, "permission_denied"),
        ("/fresh-supporters-who-write", ("support", "user"), True, "fresh_login_required"),
        ("/fresh-supporters-who-write", ("support", "user"), False, None),
    ],
)
def test_a_door_opens_to_those_who_have_all_that_it_asks(
    tmp_path: Path, path: str, roles: tuple[str, ...], named: str | None, *, stale: bool
) -> None:
    answer = house(tmp_path, lambda: somebody(*roles, stale=stale)).get(path)

    assert code(answer) == ((403, named) if named else (200, None))


def test_a_proof_of_password_ends_to_the_second(tmp_path: Path) -> None:
    who = somebody()
    door = house(tmp_path, lambda: who)

    with time_machine.travel(who.fresh_until - timedelta(microseconds=1), tick=False):
        before = door.get("/fresh")
    with time_machine.travel(who.fresh_until, tick=False):
        after = door.get("/fresh")

    assert (before.status_code, code(after)) == (200, (403, "fresh_login_required"))
