import dataclasses

import pytest
import sqlalchemy as sa
from flask import Flask

from app.keys import algorithms
from app.keys.ring import ring
from app.kit.database import db, read
from app.kit.sealing import CannotOpen, seal, unseal
from tests.cast import Browser, Service, code
from tests.conftest import SECRET, MakeApp
from tests.keys.conftest import Keys, active, commands

NEWER = "another-secret-of-the-tests-0123456789-zyxwvutsr"


def test_what_is_sealed_opens_again(app: Flask) -> None:
    with app.app_context():
        assert unseal(seal(b"plain", bound_to="a"), bound_to="a") == b"plain"


def test_no_byte_of_an_envelope_may_change(app: Flask) -> None:
    with app.app_context():
        envelope = seal(b"plain", bound_to="a")
        for position in range(len(envelope)):
            changed = bytearray(envelope)
            changed[position] ^= 1
            with pytest.raises(CannotOpen):
                unseal(bytes(changed), bound_to="a")


@pytest.mark.parametrize("cut", [0, 1, 9, 20, 21, 30])
def test_a_cut_envelope_does_not_open(app: Flask, cut: int) -> None:
    with app.app_context(), pytest.raises(CannotOpen):
        unseal(seal(b"plain", bound_to="a")[:cut], bound_to="a")


def test_an_envelope_opens_only_with_what_it_is_bound_to(app: Flask) -> None:
    with app.app_context(), pytest.raises(CannotOpen):
        unseal(seal(b"plain", bound_to="a"), bound_to="b")


def test_nonces_do_not_repeat(app: Flask) -> None:
    with app.app_context():
        assert len({seal(b"plain", bound_to="a")[9:21] for _ in range(1000)}) == 1000


def test_a_dump_of_the_database_holds_no_key(app: Flask, keys: Keys, robot: Service) -> None:
    keys("generate", "--algorithm", "ES256")

    with app.app_context():
        robot.get("/me")
        packed = [algorithms.pack(key.private) for key in ring().keys.values()]
        stored = [row.sealed for row in read(sa.text("SELECT sealed FROM signing_keys"))]

    assert len(stored) == 2
    assert not any(secret in bytes(sealed) for secret in packed for sealed in stored)


def test_a_new_secret_with_the_old_as_fallback_opens_the_ring(robot: Service, make_app: MakeApp) -> None:
    renewed = Service(make_app(secret_key=NEWER, secret_key_fallbacks=(SECRET,)), robot.email)
    renewed.access_token = robot.access_token

    assert renewed.get("/me").status_code == 200


def test_after_resealing_the_old_secret_can_go(robot: Service, make_app: MakeApp) -> None:
    commands(make_app(secret_key=NEWER, secret_key_fallbacks=(SECRET,)))("reseal")

    renewed = Service(make_app(secret_key=NEWER), robot.email)
    renewed.access_token = robot.access_token

    assert renewed.get("/me").status_code == 200


def test_a_ring_that_does_not_open_signs_nothing_and_says_so(robot: Service, make_app: MakeApp) -> None:
    lost = make_app(secret_key=NEWER)

    answer = Service(lost, robot.email).post("/auth/token", json={"email": robot.email, "password": "x"})

    assert code(Browser(lost).get("/readyz"))[0] == 503
    assert code(answer)[0] in {401, 503}
    with lost.app_context():
        assert len(read(sa.text("SELECT kid FROM signing_keys"))) == 1


def test_one_key_that_does_not_open_leaves_the_others(
    app: Flask, keys: Keys, robot: Service, make_app: MakeApp
) -> None:
    old = active(keys)
    keys("rotate")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE signing_keys SET sealed = :junk WHERE kid = :kid"), {"junk": b"x", "kid": old}
        )

    worker = make_app()
    healthy = Service(worker, robot.email).log_in()

    assert healthy.get("/me").status_code == 200
    assert Browser(worker).get("/readyz").get_json()["status"] == "degraded"


def test_resealing_without_the_old_secret_changes_nothing(robot: Service, make_app: MakeApp) -> None:
    said = commands(make_app(secret_key=NEWER))("reseal", exit_code=1)

    assert "SECRET_KEY_FALLBACKS" in said
    assert robot.get("/me").status_code == 200


def test_no_repr_shows_a_key(app: Flask, robot: Service) -> None:
    with app.app_context():
        robot.get("/me")
        key = ring().active()

    assert repr(algorithms.pack(key.private)) not in repr(key)
    assert not {"private", "verifier"} & {field.name for field in dataclasses.fields(key) if field.repr}


def test_of_a_token_whose_key_does_not_open_nothing_is_said(alice: Browser, make_app: MakeApp) -> None:
    lost = Browser(make_app(secret_key=NEWER))
    for name in ("access_token", "csrf_access_token", "refresh_token", "csrf_refresh_token"):
        lost.set_cookie(name, str(alice.cookie(name)))

    answers = [lost.get("/me"), lost.refresh(), lost.post("/auth/logout")]

    assert [code(answer) for answer in answers] == [(503, "unavailable")] * 3
    assert not any(answer.headers.getlist("Set-Cookie") for answer in answers)
    assert alice.get("/me").status_code == 200


def test_a_ring_without_its_version_is_unavailable(app: Flask, robot: Service) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM key_ring"))

    answer = robot.refresh()
    ready = robot.get("/readyz")

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO key_ring (id, version) VALUES (1, 1000)"))
    assert code(answer) == (503, "unavailable")
    assert ready.status_code == 503


def test_a_next_key_that_does_not_open_is_not_signed_with(keys: Keys, robot: Service, make_app: MakeApp) -> None:
    keys("generate")

    said = commands(make_app(secret_key=NEWER))("rotate", exit_code=1)

    assert "another SECRET_KEY" in said
    assert robot.refresh().status_code == 200
