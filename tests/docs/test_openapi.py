"""The OpenAPI document: valid, complete, and true to what the routes declare."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest
import schemathesis
from flask import Flask
from jsonschema_rs import meta, validator_for

from app import create_app
from app.access.guards import Credential, Policy, policies
from app.kit import api
from app.kit.api import Description
from app.kit.errors import problem_classes
from tests.conftest import configured

UNSAFE = {"POST", "PATCH", "DELETE"}
WAYS: dict[tuple[Credential, bool], list[set[str]]] = {
    (Credential.NONE, False): [],
    (Credential.NONE, True): [],
    (Credential.ACCESS, False): [{"bearer"}, {"cookie"}],
    (Credential.ACCESS, True): [{"bearer"}, {"cookie", "csrf"}],
    (Credential.REFRESH, True): [{"refreshBearer"}, {"refreshCookie", "csrf"}],
    (Credential.ANY, True): [set(), {"bearer"}, {"cookie", "csrf"}],
}
ANY_TEXT = {  # a login answers 401, never 422, whatever the length: the body's 64 KiB bound them
    *("Credentials.email", "PasswordGrant.email", "PasswordForm.username", "NewAccount.password"),
    *("Credentials.password", "PasswordGrant.password", "PasswordForm.password", "PasswordProof.password"),
    *("AddressChange.password", "Farewell.password", "PasswordChange.current_password"),
    *("PasswordChange.new_password", "NewPassword.password"),  # whose refusal says more than a length
    *("NewPassword.token", "MailedTokenIn.token"),  # unusable, whatever the length
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; no database is asked."""
    return create_app(configured(tmp_path_factory.mktemp("openapi")))


@pytest.fixture(scope="module")
def document(app: Flask) -> Json:
    """What it says of itself."""
    return cast("Json", app.test_client().get("/api/v1/openapi.json").get_json())


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation, with its method and path."""
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            yield method.upper(), path, item[method]


def declared(app: Flask) -> dict[tuple[str, str], Policy]:
    """What the routes declare, by method and OpenAPI path."""
    found = cast("dict[tuple[str, str], Policy]", policies(app))
    return {(method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)): policy for (method, rule), policy in found.items()}


def codes(operation: Json) -> set[str]:
    """The problems that an operation knows."""
    media = [answer.get("content", {}).get("application/problem+json") for answer in operation["responses"].values()]
    return {code for each in media if each for code in each["schema"]["properties"]["code"]["enum"]}


def test_the_document_is_valid(document: Json) -> None:
    schemathesis.openapi.from_dict(document).validate()

    assert document["openapi"].startswith("3.1.")
    assert [name for name, schema in document["components"]["schemas"].items() if not meta.is_valid(schema)] == []


def test_every_route_is_in_it_and_nothing_else(app: Flask, document: Json) -> None:
    assert {(method, path) for method, path, _ in operations(document)} == set(declared(app))


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: Json) -> None:
    names = [operation["operationId"] for *_, operation in operations(document)]

    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
    assert all(operation["summary"].endswith(".") for *_, operation in operations(document))
    assert {tag for *_, operation in operations(document) for tag in operation["tags"]} == {
        tag["name"] for tag in document["tags"] if tag["description"]
    }


def test_security_is_what_the_guard_asks(app: Flask, document: Json) -> None:
    said = {
        (method, path): [set(way) for way in operation["security"]] for method, path, operation in operations(document)
    }

    asked = {key: WAYS[policy.credential, key[0] in UNSAFE] for key, policy in declared(app).items()}
    assert said == asked


def test_every_way_in_is_explained(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]

    used = {name for *_, operation in operations(document) for way in operation["security"] for name in way}
    assert used == set(schemes)
    assert {name for name in schemes if schemes[name]["type"] == "http"} == {"bearer", "refreshBearer"}
    assert all(word in document["info"]["description"] for word in ("Authorization", "X-CSRF-TOKEN", "problem+json"))


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookies_are_named_as_they_are_set(tmp_path: Path, *, secure: bool) -> None:
    app = create_app(configured(tmp_path, cookie_secure=secure))

    schemes = app.test_client().get("/api/v1/openapi.json").get_json()["components"]["securitySchemes"]

    names = {"access_token", "refresh_token"}
    assert {each["name"] for each in schemes.values() if each.get("in") == "cookie"} == {
        f"__Host-{name}" if secure else name for name in names
    }


def test_every_refusal_of_the_guard_is_documented(app: Flask, document: Json) -> None:
    for method, path, operation in operations(document):
        policy, expected = declared(app)[method, path], {"payload_too_large", "internal_error", "unavailable"}
        expected |= {"csrf_failed"} if method in UNSAFE else set()
        if policy.credential is Credential.ACCESS:
            expected |= {"credentials_missing", "token_expired", "token_invalid"}
        expected |= {"permission_denied"} if policy.permissions or policy.role else set()
        expected |= {"fresh_login_required"} if policy.fresh else set()
        expected |= {"rate_limited"} if policy.limit else set()
        if "requestBody" in operation:
            expected |= {"malformed_request", "unsupported_media_type", "validation_failed"}
        assert expected <= codes(operation), (method, path)


def test_every_guarded_route_may_find_that_the_session_ended(app: Flask, document: Json) -> None:
    guarded = {key for key, policy in declared(app).items() if policy.credential is Credential.ACCESS}

    silent = [key for *key, operation in operations(document) if "session_ended" not in codes(operation)]

    assert [key for key in silent if tuple(key) in guarded] == []


def test_only_problems_that_exist_are_documented(document: Json) -> None:
    known = {each.code: str(int(each.status)) for each in problem_classes()}

    for *_, operation in operations(document):
        assert codes(operation) <= set(known)
        assert {known[code] for code in codes(operation)} <= set(operation["responses"])


def test_an_id_in_a_path_may_be_nobodys(document: Json) -> None:
    with_ids = [operation for _, path, operation in operations(document) if "{" in path]

    assert all("not_found" in codes(operation) for operation in with_ids)


def test_every_field_of_a_request_is_bounded_and_no_other_is_taken(document: Json) -> None:
    bodies = {name: document["components"]["schemas"][name] for name in _requested(document)}

    loose = {
        f"{name}.{field}"
        for name, body in bodies.items()
        for field, schema in body["properties"].items()
        if not schema.keys() & {"maxLength", "enum", "maximum", "maxItems"}
        and schema.get("format") != "date-time"
        and schema["type"] != "boolean"
    }
    assert loose == ANY_TEXT
    assert {name for name, body in bodies.items() if body.get("additionalProperties") is not False} == {"PasswordForm"}
    assert all("type" in schema for body in bodies.values() for schema in body["properties"].values())


def test_a_query_has_no_null(document: Json) -> None:
    parameters = [each for *_, operation in operations(document) for each in operation.get("parameters", ())]

    assert len(parameters) > 0
    assert [each for each in parameters if "null" in json.dumps(each["schema"])] == []


def test_answers_without_content_say_so(document: Json) -> None:
    answers = [each for *_, operation in operations(document) for each in operation["responses"].items()]

    assert {status for status, answer in answers if "content" not in answer} == {"204"}
    assert all("content" not in answer for status, answer in answers if status == "204")


def test_headers_that_help_are_documented(document: Json) -> None:
    promised = {"201": "Location", "401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}

    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert {"X-Request-ID", promised.get(status, "X-Request-ID")} <= answer["headers"].keys(), (method, path)
        paged = any(each["name"] == "cursor" for each in operation.get("parameters", ()))
        assert ("Link" in operation["responses"].get("200", {}).get("headers", ())) is paged


def test_examples_are_acceptable(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if "examples" in field:
                assert all(validator_for(field).is_valid(example) for example in field["examples"])
            assert "example" not in field


def test_nothing_stands_in_it_unused(document: Json) -> None:
    used = set(re.findall(r'"#/components/(\w+/[\w-]+)"', json.dumps(document)))

    components = {f"{kind}/{name}" for kind in document["components"] for name in document["components"][kind]}
    assert components - used == {f"securitySchemes/{name}" for name in document["components"]["securitySchemes"]}
    assert used <= components


def test_the_document_may_be_kept_for_a_while(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")

    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert app.test_client().head("/api/v1/openapi.json").status_code == 200


def test_it_is_made_when_somebody_asks_and_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    describing = Mock(wraps=Description)
    monkeypatch.setattr(api, "Description", describing)

    client = create_app(configured(tmp_path)).test_client()

    describing.assert_not_called()
    assert len({client.get("/api/v1/openapi.json").data for _ in range(2)}) == 1
    describing.assert_called_once()


def test_the_command_writes_the_same_document(app: Flask, document: Json, tmp_path: Path) -> None:
    done = app.test_cli_runner().invoke(args=["openapi", "write", str(tmp_path / "openapi.json")])

    assert done.exit_code == 0
    assert json.loads((tmp_path / "openapi.json").read_text()) == document


def _requested(document: Json) -> set[str]:
    bodies = [operation.get("requestBody") for *_, operation in operations(document)]
    return set(re.findall(r"schemas/(\w+)", json.dumps(bodies)))
