"""The Origin rule: where an unsafe request may come from."""

import pytest

from tests.auth.tables import dump
from tests.cast import ORIGIN, PASSWORD, Browser, Person, Service, code
from tests.conftest import MakeApp

LISTED = "https://spa.example.org"
PUBLIC = "http://localhost:8000"
OURS = [ORIGIN, "https://localhost:443", "HTTPS://LocalHost", PUBLIC, "http://LOCALHOST:8000", LISTED]
FOREIGN = [
    "https://evil.example",
    "null",
    "",
    "http://localhost",
    "https://localhost:8000",
    "http://localhost:8000.evil.example",
    "https://localhost.evil.example",
    "https://notlocalhost",
    "https://spa.example.org.evil.example",
    "http://spa.example.org",
    "https://sub.spa.example.org",
    "https://spa.example.org:8443",
    "https://user@localhost",
    "//localhost",
    "localhost",
    "https://[localhost",
    "https://localhost https://evil.example",
    "https://localhost, https://evil.example",
    "\u00fc",
]
CROSS = {"Sec-Fetch-Site": "cross-site"}
DOORS = ["/auth/login", "/auth/token", "/auth/register"]


def credentials(path: str) -> dict[str, str]:
    """A body that the door would take."""
    email = "newcomer@example.com" if path == "/auth/register" else "alice@example.com"
    return {"email": email, "password": PASSWORD}


@pytest.fixture
def open_to_spa(make_app: MakeApp, alice: Browser) -> Browser:
    """Alice, at a deployment that lists an origin."""
    alice.app = make_app(cors_origins=(LISTED,))
    alice.client = alice.app.test_client()
    return alice.log_in()


@pytest.mark.parametrize("further", [{}, {"Sec-Fetch-Site": "same-origin"}, CROSS], ids=["plain", "same", "cross"])
def test_our_own_the_public_and_the_listed_origin_may_change_things(
    open_to_spa: Browser, further: dict[str, str]
) -> None:
    found = {
        origin: open_to_spa.patch("/me", json={"name": "Al"}, headers={"Origin": origin, **further}).status_code
        for origin in OURS
    }

    assert found == dict.fromkeys(OURS, 200)


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/me"), ("POST", "/auth/refresh"), ("POST", "/auth/logout"), ("POST", "/tasks")]
)
def test_no_other_origin_changes_anything_even_with_the_csrf_value(
    open_to_spa: Browser, method: str, path: str
) -> None:
    before = dump(open_to_spa.app)

    found = {origin: code(open_to_spa.request(method, path, headers={"Origin": origin})) for origin in FOREIGN}

    assert found == dict.fromkeys(FOREIGN, (403, "csrf_failed"))
    assert dump(open_to_spa.app) == before


@pytest.mark.parametrize("further", [{}, {"Authorization": "Bearer anything"}], ids=["plain", "with Authorization"])
@pytest.mark.parametrize("path", DOORS)
def test_no_other_origin_logs_a_browser_in(open_to_spa: Browser, path: str, further: dict[str, str]) -> None:
    before, evil = dump(open_to_spa.app), Person(open_to_spa.app)

    found = {
        origin: code(evil.post(path, json=credentials(path), headers={"Origin": origin, **further}))
        for origin in FOREIGN
    }

    assert found == dict.fromkeys(FOREIGN, (403, "csrf_failed"))
    assert dump(open_to_spa.app) == before


@pytest.mark.parametrize("path", DOORS)
def test_our_origins_may_log_in(open_to_spa: Browser, path: str) -> None:
    page = Person(open_to_spa.app)

    found = {
        origin: code(page.post(path, json=credentials(path), headers={"Origin": origin, **CROSS})) for origin in OURS
    }

    assert (403, "csrf_failed") not in found.values()
    assert found[ORIGIN] in {(200, None), (201, None)}


@pytest.mark.parametrize("value", ["cross-site", "Cross-Site", " cross-site "])
@pytest.mark.parametrize("path", [*DOORS, "/auth/refresh", "/auth/logout", "/auth/step-up"])
def test_a_cross_site_request_that_hides_its_origin_is_refused(alice: Browser, path: str, value: str) -> None:
    answer = alice.post(path, json=credentials(path), headers={"Sec-Fetch-Site": value})

    assert code(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("value", ["same-origin", "same-site", "none", None])
@pytest.mark.parametrize("path", [*DOORS, "/auth/refresh", "/auth/logout"])
def test_without_an_origin_only_cross_site_is_refused(alice: Browser, path: str, value: str | None) -> None:
    answer = alice.post(path, json=credentials(path), headers={"Sec-Fetch-Site": value} if value else {})

    assert answer.status_code in {200, 201, 204}


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, CROSS, {"Origin": "null"}])
def test_a_bearer_may_come_from_anywhere(robot: Service, headers: dict[str, str]) -> None:
    token = {"Authorization": f"Bearer {robot.refresh_token}"}

    answers = [
        robot.patch("/me", json={"name": "R2"}, headers=headers),
        robot.post("/auth/refresh", headers=headers | token),
        robot.post("/auth/logout", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 204]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, CROSS])
def test_reading_may_be_asked_for_from_anywhere_and_is_shared_with_nobody(
    open_to_spa: Browser, headers: dict[str, str]
) -> None:
    answer = open_to_spa.get("/me", headers=headers)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_refusal_says_which_origins_are_expected(open_to_spa: Browser) -> None:
    answer = open_to_spa.patch("/me", json={}, headers={"Origin": "https://evil.example"})

    assert all(origin in answer.get_json()["detail"] for origin in (ORIGIN, PUBLIC, LISTED))
    assert "evil" not in answer.text


def test_behind_a_proxy_our_own_origin_is_the_one_that_the_browser_sees(make_app: MakeApp) -> None:
    app = make_app(trusted_proxies=1)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.net"}

    def register(origin: str, address: str) -> tuple[int, str | None]:
        body = {"email": address, "password": PASSWORD}
        return code(Person(app).post("/auth/register", json=body, headers={**forwarded, "Origin": origin}))

    assert register("https://api.example.net", "a@example.com") == (201, None)
    assert register(ORIGIN, "b@example.com") == (403, "csrf_failed")


def test_nobody_but_a_trusted_proxy_says_what_our_origin_is(stranger: Browser) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}

    answer = stranger.post("/auth/register", json=credentials("/auth/register"), headers=headers)

    assert code(answer) == (403, "csrf_failed")
