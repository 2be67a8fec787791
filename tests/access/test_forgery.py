"""Where an unsafe request may come from, and what it must prove."""

from pathlib import Path

import pytest

from tests.access.house import CSRF, LISTED, house, somebody
from tests.cast import Browser, Service, code

WISH = {"wish": "peace"}
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}

EXPECTED = {
    "no browser at all": {},
    "our own": {"Origin": "https://api.example"},
    "our own with its port": {"Origin": "https://api.example:443"},
    "our own in capitals": {"Origin": "HTTPS://API.EXAMPLE"},
    "that of PUBLIC_URL": {"Origin": "https://www.example"},
    "a listed one": {"Origin": LISTED},
    "a listed one on another site": {"Origin": LISTED} | CROSS_SITE,
    "a page of ours that sends no origin": SAME_SITE,
    "typed or bookmarked": {"Sec-Fetch-Site": "none"},
}
UNEXPECTED = {
    "a stranger": {"Origin": "https://evil.example"},
    "a stranger who claims our site": {"Origin": "https://evil.example"} | SAME_SITE,
    "a sandbox": {"Origin": "null"},
    "nothing in words": {"Origin": ""},
    "our name on another scheme": {"Origin": "http://api.example"},
    "our name on another port": {"Origin": "https://api.example:8443"},
    "a listed name with a tail": {"Origin": LISTED + ".evil.example"},
    "a listed name as a user": {"Origin": LISTED + "@evil.example"},
    "a name under a listed one": {"Origin": "https://sub.spa.example"},
    "a listed name with its path": {"Origin": LISTED + "/, https://evil.example"},
    "two at once": {"Origin": f"{LISTED}, https://evil.example"},
    "no address": {"Origin": "https://[::"},
    "letters that look alike": {"Origin": "https://\u0455pa.example"},
    "another site without an origin": CROSS_SITE,
    "another site in capitals": {"Sec-Fetch-Site": " Cross-Site "},
}


@pytest.mark.parametrize("path", ["/open", "/known"])
@pytest.mark.parametrize("headers", EXPECTED.values(), ids=EXPECTED)
def test_pages_of_ours_and_programs_may_send_unsafe_requests(
    tmp_path: Path, path: str, headers: dict[str, str]
) -> None:
    door = house(tmp_path, lambda: somebody(csrf=CSRF), public_url="https://www.example/app")

    answer = door.post(path, base_url="https://api.example", headers=headers | {"X-CSRF-TOKEN": CSRF}, json=WISH)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/open", "/known"])
@pytest.mark.parametrize("headers", UNEXPECTED.values(), ids=UNEXPECTED)
def test_pages_of_strangers_may_not(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    door = house(tmp_path, lambda: somebody(csrf=CSRF), public_url="https://www.example/app")

    answer = door.post(path, base_url="https://api.example", headers=headers | {"X-CSRF-TOKEN": CSRF}, json=WISH)

    assert code(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("headers", UNEXPECTED.values(), ids=UNEXPECTED)
def test_a_bearer_cannot_be_forged_so_nobody_asks_where_it_comes_from(tmp_path: Path, headers: dict[str, str]) -> None:
    door = house(tmp_path, somebody)

    answer = door.post("/known", headers=headers, json=WISH)

    assert answer.status_code == 200


@pytest.mark.parametrize("headers", UNEXPECTED.values(), ids=UNEXPECTED)
def test_an_open_door_asks_it_of_a_bearer_too(tmp_path: Path, headers: dict[str, str]) -> None:
    answer = house(tmp_path).post("/open", headers={"Authorization": "Bearer x"} | headers, json=WISH)

    assert code(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("headers", UNEXPECTED.values(), ids=UNEXPECTED)
def test_looking_is_open_to_every_page(tmp_path: Path, headers: dict[str, str]) -> None:
    answer = house(tmp_path, lambda: somebody(csrf=CSRF)).get("/known", headers=headers)

    assert answer.status_code == 200


def test_the_refusal_says_which_origins_are_expected(tmp_path: Path) -> None:
    door = house(tmp_path, public_url="https://www.example/app")

    answer = door.post("/open", base_url="https://api.example", headers={"Origin": "null"}, json=WISH)

    detail = answer.get_json()["detail"]
    assert all(origin in detail for origin in ("https://api.example", "https://www.example", LISTED))


@pytest.mark.parametrize("sent", ["", "another value", CSRF[:-1], CSRF + "x", CSRF.upper(), "\xfc" * len(CSRF)])
def test_a_cookie_alone_does_not_open_what_changes_something(tmp_path: Path, sent: str) -> None:
    door = house(tmp_path, lambda: somebody(csrf=CSRF))

    answer = door.post("/known", headers={"X-CSRF-TOKEN": sent}, json=WISH)

    assert code(answer) == (403, "csrf_failed")


def test_a_cookie_without_the_header_does_not_either(tmp_path: Path) -> None:
    answer = house(tmp_path, lambda: somebody(csrf=CSRF)).post("/known", json=WISH)

    assert code(answer) == (403, "csrf_failed")


def test_a_caller_whose_csrf_value_is_empty_cannot_be_matched_by_silence(tmp_path: Path) -> None:
    answer = house(tmp_path, lambda: somebody(csrf="")).post("/known", json=WISH)

    assert code(answer) == (403, "csrf_failed")


def test_the_csrf_value_of_somebody_else_is_worth_nothing(alice: Browser, mallory: Browser) -> None:
    stolen = str(mallory.cookie("csrf_access_token"))

    answer = alice.post("/tasks", json={"title": "Rest"}, headers={"X-CSRF-TOKEN": stolen})

    assert code(answer) == (403, "csrf_failed")


def test_the_csrf_value_of_the_refresh_token_is_not_that_of_the_access_token(alice: Browser) -> None:
    other = str(alice.cookie("csrf_refresh_token"))

    answer = alice.post("/tasks", json={"title": "Rest"}, headers={"X-CSRF-TOKEN": other})

    assert code(answer) == (403, "csrf_failed")


def test_a_program_needs_no_csrf_value(robot: Service) -> None:
    answer = robot.post("/tasks", json={"title": "Rest"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 201
