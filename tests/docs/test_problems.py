"""Every problem explains itself."""

import pytest

from app import create_app
from app.kit.errors import problem_classes
from tests.cast import Browser, code
from tests.conftest import configured

CODES = [each.code for each in problem_classes()]
ACTIONS = {"none", "refresh", "login", "step_up", "retry"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Somebody who reads while the database is away."""
    nowhere = configured(tmp_path_factory.mktemp("problems"), database_url="sqlite:////nowhere/at/all.db")
    return Browser(create_app(nowhere))


def test_the_list_names_every_problem_once(reader: Browser) -> None:
    items = reader.get("/problems").get_json()["items"]

    assert [item["code"] for item in items] == CODES
    assert len(CODES) == len(set(CODES)) > 10


def test_each_problem_has_a_page_of_its_own(reader: Browser) -> None:
    listed = reader.get("/problems").get_json()["items"]

    assert [reader.get(f"/problems/{each}").get_json() for each in CODES] == listed


def test_each_page_is_where_the_type_says_and_helps(reader: Browser) -> None:
    for item in reader.get("/problems").get_json()["items"]:
        assert item["type"] == f"/problems/{item['code']}"
        assert item["action"] in ACTIONS
        assert item["title"].endswith(".")
        assert len(item["help"]) > 20


def test_a_problem_that_is_met_leads_to_its_page(reader: Browser) -> None:
    met = reader.get("/me").get_json()

    page = reader.get(met["type"]).get_json()

    assert {name: page[name] for name in ("code", "status", "title", "action")} == {
        name: met[name] for name in ("code", "status", "title", "action")
    }


@pytest.mark.parametrize("name", ["no_such_problem", "Not_Found", "not_found%20", "not-found", "..", "%00", "<b>"])
def test_a_problem_that_does_not_exist_is_not_found(reader: Browser, name: str) -> None:
    answer = reader.get(f"/problems/{name}")

    assert code(answer) == (404, "not_found")
    assert name not in answer.text


def test_the_pages_may_be_kept_for_a_while(reader: Browser) -> None:
    kept = {path: reader.get(path).headers["Cache-Control"] for path in ("/problems", "/problems/not_found")}

    assert set(kept.values()) == {"public, max-age=300"}


def test_the_head_of_a_page_can_be_asked_for(reader: Browser) -> None:
    answer = reader.request("HEAD", "/problems/not_found")

    assert (answer.status_code, answer.data) == (200, b"")


def test_a_rotten_credential_is_no_obstacle(reader: Browser) -> None:
    assert reader.get("/problems", headers={"Authorization": "Bearer rotten"}).status_code == 200
