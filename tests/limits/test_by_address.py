"""Each client network has its budget at a door, whoever it says it is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from time_machine import TimeMachineFixture

from app.access.guards import UndeclaredRoute, limited, public
from app.kit.counters import RateCounter
from app.kit.database import read
from app.kit.limits import Limit
from environment import Rate
from tests.access.house import house
from tests.cast import API, ORIGIN, Service, code
from tests.conftest import MakeApp
from tests.errors.shape import assert_refused
from tests.kit.faults import failing, listening
from tests.limits.clients import WRONG, ask, sign_in, statuses

MINUTE = timedelta(minutes=1)
HERE, THERE = "192.0.2.1", "192.0.2.2"
RATE = Rate(2, MINUTE)
DOORS = {
    "/auth/login": "login_limit",
    "/auth/token": "login_limit",
    "/auth/refresh": "refresh_limit",
    "/auth/register": "register_limit",
}


def limiting(make_app: MakeApp, **changes: Any) -> Flask:
    """Two a minute at each door."""
    rates = {"login_limit": RATE, "refresh_limit": RATE, "register_limit": RATE}
    return make_app(**({"rate_limits": True, **rates} | changes))


@pytest.mark.parametrize("path", DOORS)
def test_each_door_has_its_limit(make_app: MakeApp, time_machine: TimeMachineFixture, path: str) -> None:
    time_machine.move_to(1_795_600_000, tick=False)
    roomy = dict.fromkeys(DOORS.values(), Rate(9, MINUTE))
    app = limiting(make_app, **(roomy | {DOORS[path]: RATE}))

    answers = [ask(app, path, {}, peer=HERE) for _ in range(3)]

    assert statuses(answers)[:2] == [401 if path == "/auth/refresh" else 422] * 2
    assert_refused(answers[2], 429, "rate_limited")
    assert (answers[2].get_json()["action"], answers[2].headers["Retry-After"]) == ("retry", "60")
    time_machine.shift(MINUTE)
    assert ask(app, path, {}, peer=HERE).status_code != 429


def test_login_and_token_share_their_budget_and_no_other_door_does(make_app: MakeApp) -> None:
    app = limiting(make_app)

    answers = [ask(app, path, {}, peer=HERE) for path in ("/auth/login", "/auth/token", "/auth/login", "/auth/token")]

    assert statuses(answers) == [422, 422, 429, 429]
    assert statuses([ask(app, path, {}, peer=HERE) for path in ("/auth/register", "/auth/refresh")]) == [422, 401]


def test_other_addresses_have_their_own(make_app: MakeApp) -> None:
    app = limiting(make_app)
    for _ in range(3):
        ask(app, "/auth/login", {}, peer=HERE)

    assert ask(app, "/auth/login", {}, peer=THERE).status_code == 422


@pytest.mark.parametrize(
    ("peers", "found"),
    [
        (["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:DB8:0:1:0:0:0:3"], [422, 422, 429]),
        (["2001:db8:0:1::1", "2001:db8:0:1::1", "2001:db8:0:2::1"], [422, 422, 422]),
        (["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:C000:0201"], [422, 422, 429]),
        (["192.0.2.1", "192.0.2.1", "192.0.2.129"], [422, 422, 422]),
        (["fe80::1%eth0", "fe80::2%eth1", "fe80::3"], [422, 422, 429]),
    ],
)
def test_an_ipv6_client_is_its_slash_64_and_a_mapped_one_is_ipv4(
    make_app: MakeApp, peers: list[str], found: list[int]
) -> None:
    app = limiting(make_app)

    assert statuses([ask(app, "/auth/login", {}, peer=peer) for peer in peers]) == found


@pytest.mark.parametrize(
    ("hops", "sent", "found"),
    [
        (0, ["{n}.1.1.1", "{n}.1.1.1, 9.9.9.9", "junk"], 429),
        (1, ["{n}.1.1.1, 203.0.113.1", "{n}.2.2.2,  203.0.113.1", '"{n}, 203.0.113.1'], 429),
        (1, ["203.0.113.1", "203.0.113.1", "203.0.113.{n}"], 422),
    ],
)
def test_a_forged_forwarded_for_gains_nothing(make_app: MakeApp, hops: int, sent: list[str], found: int) -> None:
    app = limiting(make_app, trusted_proxies=hops)

    answers = [
        ask(app, "/auth/login", {}, peer=HERE, X_Forwarded_For=text.replace("{n}", str(number)))
        for number, text in enumerate(sent, start=2)
    ]

    assert statuses(answers) == [422, 422, found]


def test_the_limit_comes_before_origin_credential_and_body(make_app: MakeApp) -> None:
    app = limiting(make_app)
    for path in ("/auth/login", "/auth/refresh"):
        for _ in range(2):
            ask(app, path, {}, peer=HERE)

    answers = [
        ask(app, path, {}, peer=HERE, Origin="https://evil.example") for path in ("/auth/login", "/auth/refresh")
    ]

    assert [code(answer) for answer in answers] == [(429, "rate_limited")] * 2


def test_the_size_comes_before_the_limit_and_is_not_counted(make_app: MakeApp) -> None:
    app = limiting(make_app)
    huge = {"email": "a" * 70_000}

    answers = [ask(app, "/auth/login", huge, peer=HERE) for _ in range(3)]

    assert [code(answer) for answer in answers] == [(413, "payload_too_large")] * 3
    assert ask(app, "/auth/login", {}, peer=HERE).status_code == 422


def test_a_foreign_origin_is_counted(make_app: MakeApp) -> None:
    app = limiting(make_app)

    answers = [ask(app, "/auth/login", {}, peer=HERE, Origin="https://evil.example") for _ in range(3)]

    assert statuses(answers) == [403, 403, 429]


def test_a_preflight_is_not_counted(make_app: MakeApp) -> None:
    app = limiting(make_app)

    for _ in range(5):
        app.test_client().options(f"{API}/auth/login", base_url=ORIGIN, environ_overrides={"REMOTE_ADDR": HERE})

    assert ask(app, "/auth/login", {}, peer=HERE).status_code == 422


def test_what_is_off_counts_nothing(make_app: MakeApp) -> None:
    app = limiting(make_app, rate_limits=False)

    answers = [ask(app, "/auth/login", {}, peer=HERE) for _ in range(5)]

    assert set(statuses(answers)) == {422}
    with app.app_context():
        assert read(sa.select(RateCounter.key)) == []


def test_other_routes_have_no_limit(make_app: MakeApp, robot: Service) -> None:
    app = limiting(make_app)
    other = Service(app, robot.email)
    other.access_token = robot.access_token

    assert {other.get("/me").status_code for _ in range(20)} == {200}


@pytest.mark.parametrize("path", DOORS)
def test_what_cannot_be_counted_is_unavailable(make_app: MakeApp, path: str) -> None:
    app = limiting(make_app)

    with failing(app, "before_cursor_execute", OperationalError("", {}, Exception()), at="rate_counters"):
        answer = ask(app, path, {}, peer=HERE)

    assert_refused(answer, 503, "unavailable")


def test_a_refresh_pays_one_statement_for_its_limit(make_app: MakeApp, robot: Service) -> None:
    paid = []
    for limits_on in (False, True):
        app = limiting(make_app, rate_limits=limits_on)
        client, seen = Service(app, robot.email).log_in(), list[object]()
        with listening(app, "before_cursor_execute", lambda *said, seen=seen: seen.append(said)):
            assert client.refresh().status_code == 200
        paid.append(len(seen))

    assert paid[1] - paid[0] == 1


def test_a_limit_outside_the_guard_stops_the_start() -> None:
    with pytest.raises(UndeclaredRoute, match="under its guard"):
        limited(Limit.LOGIN)(public(lambda: None))


def test_a_refused_client_may_repeat_what_it_asked(make_app: MakeApp, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(1_795_600_000, tick=False)
    app = limiting(make_app)
    body = {"email": "ada@example.com", "password": "three quiet otters rowing"}
    for _ in range(2):
        ask(app, "/auth/register", {}, peer=HERE)
    assert ask(app, "/auth/register", body, peer=HERE).status_code == 429

    time_machine.shift(MINUTE)

    assert ask(app, "/auth/register", body, peer=HERE).status_code == 201


def test_a_wrong_password_in_a_flood_is_never_weighed(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = limiting(make_app)
    hashed: list[object] = []
    monkeypatch.setattr("bcrypt.checkpw", lambda *_: hashed.append(_))

    answers = [sign_in(app, "ada@example.com", WRONG, peer=HERE) for _ in range(9)]

    assert (statuses(answers), len(hashed)) == ([401] * 2 + [429] * 7, 2)


def test_a_house_without_limits_needs_none(tmp_path: Path) -> None:
    answer = house(tmp_path, lambda: None).post("/open", json={"wish": "peace"})

    assert answer.status_code == 200


def test_a_view_stays_what_it_was() -> None:
    def view() -> int:
        return 7

    assert limited(Limit.LOGIN)(view)() == 7
