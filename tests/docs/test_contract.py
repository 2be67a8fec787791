"""Requests made up from the OpenAPI document: nothing breaks, and every answer is one that the document knows."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask_migrate import upgrade
from schemathesis import Case

from app import create_app
from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Role
from tests.cast import PASSWORD, Service
from tests.conftest import configured
from tests.counts import PROVE, count
from tests.health.scratch import scratch_application

SETTINGS = {
    "generation": {
        "mode": "all",
        "max-examples": count(5, 30, 1000),
        "deterministic": PROVE != "full",
        "database": "none",
    },
    "operations": [
        {
            # what an address is, which password is strong enough, and what was mailed, no JSON schema can say
            "include-operation-id": [
                *("register", "forget_password", "reset_password", "verify_address", "resend_verification"),
                *("move_me", "change_password"),
            ],
            "checks": {"positive_data_acceptance": {"enabled": False}},
        },
        {
            # a cursor is opaque: any other text than ours is refused
            "include-operation-id": [
                *("list_tasks", "list_my_sessions", "list_my_events"),
                *("list_users", "list_sessions", "list_audit_events"),
            ],
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404"]}},
        },
        {
            # a form's field comes once (RFC 6749, section 3.2)
            "include-operation-id": "issue_tokens",
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403"]}},
        },
    ],
}
pytestmark = pytest.mark.prove

PLACE = TemporaryDirectory()
DESCRIBED = create_app(configured(Path(PLACE.name)))
contract = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json", DESCRIBED, config=schemathesis.Config.from_dict(SETTINGS)
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"] if PROVE else ["sqlite"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own; every day on SQLite only."""
    root = tmp_path_factory.mktemp("contract")
    config = configured(root, database_url=f"{request.param}:")
    with scratch_application(config, root) as app:
        with app.app_context():
            upgrade()
        yield app


@pytest.fixture(scope="module")
def program(served: Flask) -> Service:
    """A program with an account."""
    return Service(served, "program@example.com").register()


@pytest.fixture(scope="module")
def chief(served: Flask) -> Service:
    """A program with the account of an admin."""
    with served.app_context(), transaction():
        users.add("chief@example.com", PASSWORD, name="Chief", roles=[Role.ADMIN], verified=True)
    return Service(served, "chief@example.com")


@pytest.mark.prove(only=True)
@contract.parametrize()
def test_no_request_of_a_stranger_breaks_the_contract(case: Case[Any], served: Flask) -> None:
    case.operation.app = served

    answer = case.call_and_validate()

    assert answer.status_code < 500


@contract.parametrize()
def test_no_request_of_a_program_breaks_the_contract(case: Case[Any], program: Service) -> None:
    case.operation.app = program.app
    program.log_in()  # anew: what was tried before may have ended the session

    answer = case.call_and_validate(headers=program.credentials(case.method, case.path))

    assert answer.status_code < 500


@contract.exclude(path_regex=r"^(?!.*/admin/)").parametrize()  # not include: it would add to what the settings name
def test_no_request_of_an_admin_breaks_the_contract(case: Case[Any], chief: Service) -> None:
    case.operation.app = chief.app
    chief.log_in()

    answer = case.call_and_validate(headers=chief.credentials(case.method, case.path))

    assert answer.status_code < 500
