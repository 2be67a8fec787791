"""A guard that breaks lets nobody in."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import OperationalError

from app.access.guards import Recogniser
from app.kit import settings
from app.users.roles import Role
from tests.access.house import CSRF, DOORS, house, somebody
from tests.cast import code

GUARDED = [path for path in DOORS if path not in {"/open", "/judging"}]
ALMIGHTY = somebody(*Role, csrf=CSRF)
ECHOED = {"X-CSRF-TOKEN": CSRF, "Origin": "http://localhost"}
WISH = {"wish": "to come in"}
ANYTHING: Any = object()


def _breaks() -> NoReturn:
    raise LookupError


def _nests() -> NoReturn:
    raise RecursionError


def _loses_the_database() -> NoReturn:
    raise OperationalError("SELECT", {}, Exception())


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    ("recogniser", "expected"),
    [
        (_breaks, (500, "internal_error")),
        (_nests, (500, "internal_error")),
        (_loses_the_database, (503, "unavailable")),
    ],
)
def test_a_recogniser_that_breaks_lets_nobody_in(
    tmp_path: Path, path: str, recogniser: Recogniser, expected: tuple[int, str]
) -> None:
    door = house(tmp_path, recogniser, lambda: ALMIGHTY)

    looking, wishing = door.get(path), door.post(path, headers=ECHOED, json=WISH)

    assert (code(looking), code(wishing)) == (expected, expected)


@pytest.mark.parametrize("path", GUARDED)
def test_without_recognisers_nobody_is_known(tmp_path: Path, path: str) -> None:
    answer = house(tmp_path).get(path)

    assert code(answer) == (401, "credentials_missing")


def test_the_first_recogniser_that_knows_the_caller_is_believed(tmp_path: Path) -> None:
    door = house(tmp_path, lambda: None, lambda: somebody(Role.VIEWER), lambda: somebody(Role.ADMIN))

    answer = door.get("/admins")

    assert code(answer) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/writers", {"profile": ANYTHING}),
        ("/admins", {"profile": ANYTHING}),
        ("/fresh", {"fresh_until": ANYTHING}),
        ("/fresh", {"fresh_until": ALMIGHTY.fresh_until.replace(tzinfo=None)}),
        ("/known", {"csrf": ANYTHING}),
    ],
)
def test_a_caller_that_cannot_be_judged_stays_outside(tmp_path: Path, path: str, broken: dict[str, Any]) -> None:
    door = house(tmp_path, lambda: replace(ALMIGHTY, **broken))

    answer = door.post(path, headers=ECHOED, json=WISH)

    assert code(answer) == (500, "internal_error")


@pytest.mark.parametrize("path", ["/open", "/known", "/admins"])
def test_an_origin_that_cannot_be_compared_stays_outside(tmp_path: Path, path: str) -> None:
    door = house(tmp_path, lambda: ALMIGHTY)
    del door.application.extensions[settings.EXTENSION]

    answer = door.post(path, headers=ECHOED, json=WISH)

    assert code(answer) == (500, "internal_error")


def test_all_of_these_come_in_where_nothing_is_broken(tmp_path: Path) -> None:
    door = house(tmp_path, lambda: ALMIGHTY)

    answers = {door.post(path, headers=ECHOED, json=WISH).status_code for path in DOORS}

    assert answers == {200}
