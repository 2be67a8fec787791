"""Somebody can always look after the others: the last admin stays, also when two go for each other at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.kit.database import db, transaction
from app.users.models import User
from app.users.roles import Role
from tests.admin.looking_after import USERS, account, id_of, patched
from tests.auth.tables import dump
from tests.cast import Browser, Service, code
from tests.patience import PATIENCE

ROUNDS = 5
FATES: dict[str, tuple[str, Any]] = {
    "demoted": ("PATCH", {"roles": ["user"]}),
    "left without a role": ("PATCH", {"roles": []}),
    "disabled": ("PATCH", {"disabled": True}),
    "all at once": ("PATCH", {"disabled": True, "roles": [], "name": "Nobody"}),
    "deleted": ("DELETE", None),
}


@pytest.mark.parametrize(("method", "body"), FATES.values(), ids=FATES)
def test_the_last_admin_stays(admin: Browser, robot: Service, method: str, body: Any) -> None:
    patched(admin, robot, roles=["admin"], disabled=True)  # who cannot act does not count
    before = dump(admin.app)

    answer = admin.request(method, f"{USERS}/{id_of(admin)}", json=body)

    assert code(answer) == (409, "last_admin")
    assert dump(admin.app) == before


@pytest.mark.parametrize(("method", "body"), FATES.values(), ids=FATES)
def test_one_of_two_may_go(admin: Browser, robot: Service, method: str, body: Any) -> None:
    patched(admin, robot, roles=["admin"])

    answer = robot.request(method, f"{USERS}/{id_of(admin)}", json=body)

    assert answer.status_code in {200, 204}
    assert robot.get(USERS).status_code == 200


def test_what_leaves_an_admin_an_admin_may_be_done_to_the_last(admin: Browser) -> None:
    for fields in ({"roles": ["admin"]}, {"disabled": False}, {"name": "Boss"}):
        assert patched(admin, admin, **fields).status_code == 200


@pytest.mark.parametrize(("method", "body"), FATES.values(), ids=FATES)
def test_of_two_who_go_for_each_other_at_once_one_stays(app: Flask, method: str, body: Any) -> None:
    outcomes = Counter[Any]()
    for number in range(ROUNDS):
        pair = [account(app, f"{name}{number}@example.com", Role.ADMIN) for name in ("castor", "pollux")]
        targets = [f"{USERS}/{id_of(each)}" for each in reversed(pair)]
        together = Barrier(2)

        def strike(who: Service, target: str, together: Barrier = together) -> tuple[int, str | None]:
            together.wait(PATIENCE)
            return code(who.request(method, target, json=body))

        with ThreadPoolExecutor(2) as threads:
            happened = list(threads.map(strike, pair, targets))

        outcomes.update(happened)
        standing = [each for each in pair if each.get(USERS).status_code == 200]
        assert len(standing) == 1
        with app.app_context(), transaction():
            db.session.execute(sa.delete(User))

    assert {status for status, _ in outcomes} <= {200, 204, 401, 403, 409}
    assert sum(times for (status, _), times in outcomes.items() if status < 300) == ROUNDS
