"""The one form, at /auth/token: as strict as JSON, but for the other fields of OAuth."""

from urllib.parse import quote

import pytest

from tests.cast import PASSWORD, Browser, Service, code
from tests.errors.shape import CANARY, assert_refused, pointers

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MALFORMED = {
    "a name twice": f"grant_type=password&username=a&password=b&username={CANARY}",
    "not UTF-8 under the percent signs": f"grant_type=password&username={CANARY}%ff&password=b",
    "not UTF-8 itself": f"grant_type=password&username={CANARY}ü&password=b".encode("latin-1"),
}
INVALID = {
    "nothing": ("", {"/grant_type", "/username", "/password"}),
    "no form": ("%", {"/grant_type", "/username", "/password"}),
    "another grant": (f"grant_type={CANARY}&username=a&password=b", {"/grant_type"}),
    "no grant": ("username=a&password=b", {"/grant_type"}),
    "no user": ("grant_type=password&password=b", {"/username"}),
    "the names of JSON": ("grant_type=password&email=a&password=b", {"/username"}),
    "NUL in the name": (f"grant_type=password&username={CANARY}%00&password=b", {"/username"}),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_cannot_be_read_is_malformed(stranger: Browser, body: str | bytes) -> None:
    answer = stranger.post("/auth/token", data=body, headers=FORM)

    assert_refused(answer, 400, "malformed_request")


@pytest.mark.parametrize(("body", "wrong"), INVALID.values(), ids=INVALID)
def test_a_form_is_refused_with_a_pointer_to_each_field(stranger: Browser, body: str, wrong: set[str]) -> None:
    answer = stranger.post("/auth/token", data=body, headers=FORM)

    assert pointers(assert_refused(answer, 422, "validation_failed")) == wrong


def test_the_other_fields_of_oauth_are_ignored(robot: Service) -> None:
    body = f"grant_type=password&username={robot.email}&password={quote(PASSWORD)}&scope=a+b&client_id={CANARY}"

    answer = Browser(robot.app).post("/auth/token", data=body, headers=FORM)

    assert code(answer) == (200, None)
