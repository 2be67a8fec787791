"""Every field of every body: of the wrong type, of a name nobody knows, with characters that cannot be stored."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.cast import PASSWORD, Browser, Service, code
from tests.errors.routes import JSON, Route, with_body
from tests.errors.shape import CANARY, assert_refused, pointers

OTHER_TYPES = {
    "true": True,
    "false": False,
    "an integer": 4711,
    "a large integer": 2**63,
    "a float": 1.5,
    "a list": [CANARY],
    "an empty list": [],
    "an object": {CANARY: CANARY},
    "an empty object": {},
}
SECRETS = {"password", "current_password", "new_password", "token"}
NUL, HALF_A_PAIR, HALVES_SWAPPED = "canary-4711\x00", "canary-4711\ud800", "\udc00\ud800canary-4711"


def texts(app: Flask) -> Iterator[tuple[Route, str]]:
    """Every text field of every route that takes a body."""
    for route in with_body(app):
        for name, schema in route.fields.items():
            if "string" in schema["type"]:
                yield route, name


@pytest.mark.parametrize("value", OTHER_TYPES.values(), ids=OTHER_TYPES)
def test_no_text_field_takes_another_type(app: Flask, steward: Service, value: object) -> None:
    fields = list(texts(app))

    answers = [(name, steward.request(route.method, route.path, json={name: value})) for route, name in fields]

    assert len(answers) >= 17
    for name, answer in answers:
        assert f"/{name}" in pointers(assert_refused(answer, 422, "validation_failed"))


def test_null_is_taken_only_where_the_document_says_so(app: Flask, steward: Service) -> None:
    answers = [
        (schema["type"], name, steward.request(route.method, route.path, json={name: None}))
        for route in with_body(app)
        for name, schema in route.fields.items()
    ]

    for kind, name, answer in answers:
        found = {error["pointer"] for error in (answer.get_json() or {}).get("errors", [])}
        assert (f"/{name}" in found) == ("null" not in kind)


@pytest.mark.parametrize("text", [HALF_A_PAIR, HALVES_SWAPPED], ids=["half a pair", "halves swapped"])
def test_half_of_a_surrogate_pair_is_no_text_anywhere(app: Flask, steward: Service, text: str) -> None:
    fields = list(texts(app))

    answers = [(name, steward.request(route.method, route.path, json={name: text})) for route, name in fields]

    for name, answer in answers:
        assert f"/{name}" in pointers(assert_refused(answer, 422, "validation_failed"))


def test_nul_is_refused_in_every_text_but_secrets(app: Flask, steward: Service) -> None:
    fields = [(route, name) for route, name in texts(app) if name not in SECRETS]

    answers = [(name, steward.request(route.method, route.path, json={name: NUL})) for route, name in fields]

    for name, answer in answers:
        assert f"/{name}" in pointers(assert_refused(answer, 422, "validation_failed"))


@pytest.mark.parametrize("password", [f"{PASSWORD}\x00 and more", "three quiet otters \N{ROWBOAT} rowing"])
def test_a_password_is_taken_whole_with_whatever_is_in_it(stranger: Browser, password: str) -> None:
    stranger.register(password)

    exact = stranger.post("/auth/login", json={"email": stranger.email, "password": password})
    cut = stranger.post("/auth/login", json={"email": stranger.email, "password": password.partition("\x00")[0][:24]})

    assert code(exact) == (200, None)
    assert code(cut) == (401, "invalid_credentials")


def test_every_missing_field_has_its_pointer(stranger: Browser) -> None:
    answer = stranger.post("/auth/register", json={})

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/email", "/password"}


def test_no_route_takes_a_field_it_does_not_know(app: Flask, steward: Service) -> None:
    answers = [steward.request(each.method, each.path, json={"is_admin": CANARY}) for each in with_body(app)]

    for answer in answers:
        assert "/is_admin" in pointers(assert_refused(answer, 422, "validation_failed"))


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("x" * 64, "/" + "x" * 64),
        ("x" * 65, "/" + "x" * 64),
        ("x" * 60_000, "/" + "x" * 64),
        ("~" * 65, "/" + "~0" * 64),
        ("a/b~c", "/a~1b~0c"),
        ("~1", "/~01"),
        ("", "/"),
        (" ", "/ "),
        ("ü\N{ROWBOAT}", "/ü\N{ROWBOAT}"),
        ("\N{ROWBOAT}" * 65, "/" + "\N{ROWBOAT}" * 64),
        ("a\x00b", "/a\x00b"),
        ("a\ud800b", "/a?b"),
        ("<script>", "/<script>"),
        ("__proto__", "/__proto__"),
    ],
)
def test_an_unknown_name_is_shown_as_a_json_pointer_and_cut(steward: Service, name: str, pointer: str) -> None:
    answer = steward.patch("/me", json={name: CANARY})

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {pointer}


def test_names_within_an_unknown_field_are_not_shown(steward: Service) -> None:
    answer = steward.patch("/me", json={"deep": {CANARY: [{CANARY: CANARY}]}})

    assert pointers(assert_refused(answer, 422, "validation_failed")) == {"/deep"}


def test_a_refused_body_changes_nothing(robot: Service) -> None:
    task = robot.post("/tasks", json={"title": "Rest"}).get_json()
    body = json.dumps({"title": "Work", "status": "cancelled"})

    answer = robot.patch(f"/tasks/{task['id']}", data=body, headers=JSON)

    assert_refused(answer, 422, "validation_failed")
    assert robot.get(f"/tasks/{task['id']}").get_json() == task


@pytest.mark.parametrize("email", [f"{CANARY}", f"{CANARY}@", f"a b@{CANARY}.example", f"{CANARY}@exa_mple..com"])
@pytest.mark.parametrize("password", ["password1", CANARY[:7]])
def test_neither_address_nor_password_is_repeated(stranger: Browser, email: str, password: str) -> None:
    answer = stranger.post("/auth/register", json={"email": email, "password": password, "name": CANARY})

    body = assert_refused(answer, 422, "validation_failed")
    assert pointers(body) == {"/email", "/password"}
    assert password not in answer.text
