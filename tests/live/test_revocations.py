"""Whatever ends a session or takes a right away counts from the next request, on every worker of every instance."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.kit import clock
from app.recovery.models import MailedToken, Purpose
from app.users.models import UserRole
from app.users.roles import Role
from tests.cast import API, PASSWORD
from tests.counts import PROVE, Tally, count
from tests.live.clients import Answer, Call, at_once, send
from tests.live.load import load
from tests.live.people import Account, Tokens, claims, newcomer, tokens_of
from tests.live.server import Server, serve

NEW = "seven purple umbrellas dancing"
DENIED = "403 permission_denied"
FURTHER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Somebody signed in twice, an admin, and a look past the server."""

    account: Account
    victim: Tokens
    other: Tokens
    admin: Tokens
    database: sa.Engine

    @property
    def user_id(self) -> str:
        """The account's id."""
        return str(claims(self.victim.access)["sub"])

    def by_admin(self, method: str, below: str = "", **body: object) -> Call:
        """What the admin does to the account."""
        return self.admin.call(method, f"/admin/users/{self.user_id}{below}", body or None)


def changed_password(scene: Scene) -> Call:
    """A change of password in the other session."""
    return scene.other.call("POST", "/me/password", {"current_password": PASSWORD, "new_password": NEW})


def reset(scene: Scene) -> Call:
    """A reset with a token that was mailed: only its digest is known to the database."""
    token = token_urlsafe(24)
    row = {
        "digest": sha256(token.encode()).hexdigest(),
        "purpose": str(Purpose.RESET),
        "user_id": UUID(scene.user_id),
        "email": scene.account.email,
        "expires_at": clock.now() + timedelta(minutes=30),
    }
    with scene.database.begin() as connection:
        connection.execute(sa.insert(MailedToken), row)
    return Call("POST", f"{API}/auth/password/reset", json={"token": token, "password": NEW})


def reused(scene: Scene) -> Call:
    """A refresh token that was spent, and its successor too."""
    base_url, spent = scene.account.base_url, scene.victim
    successor = tokens_of(send(base_url, spent.by_refresh("/auth/refresh")))
    assert send(base_url, successor.by_refresh("/auth/refresh")).status == 200
    return spent.by_refresh("/auth/refresh")


def one_device(scene: Scene) -> Call:
    """The end of the one session from the other."""
    return scene.other.call("DELETE", f"/me/sessions/{claims(scene.victim.access)['sid']}")


KINDS: dict[str, tuple[Callable[[Scene], Call], str]] = {
    "logout": (lambda scene: scene.victim.call("POST", "/auth/logout"), "logout"),
    "everywhere": (lambda scene: scene.other.call("DELETE", "/me/sessions"), "logout_everywhere"),
    "all others": (lambda scene: scene.other.call("DELETE", "/me/sessions?keep=current"), "logout_everywhere"),
    "one device": (one_device, "revoked_by_user"),
    "by an admin": (lambda scene: scene.by_admin("DELETE", "/sessions"), "revoked_by_admin"),
    "password change": (changed_password, "password_changed"),
    "reset": (reset, "password_reset"),
    "disabled": (lambda scene: scene.by_admin("PATCH", disabled=True), "account_disabled"),
    "deleted": (lambda scene: scene.by_admin("DELETE"), "account_deleted"),
    "reuse": (reused, "refresh_reused"),
}


@pytest.fixture(scope="module")
def instances(server: Server, live_url: str, mails: Path) -> Iterator[list[str]]:
    """Where the service is reached: on PostgreSQL at two instances, on SQLite at one."""
    with ExitStack() as further:
        urls = [server.base_url]
        if live_url.startswith("postgresql"):
            secret, workers = server.kept_secret.read_text(), 4 if PROVE else 1
            second = serve(live_url, workers=workers, migrate=False, SECRET_KEY=secret, MAIL_URL=f"file:{mails}")
            urls.append(further.enter_context(second).base_url)
        yield urls


@pytest.fixture(scope="module")
def chief(server: Server, database: sa.Engine) -> Account:
    """An admin."""
    chief = newcomer(server.base_url)
    row = {"user_id": UUID(claims(chief.sign_in().access)["sub"]), "role": str(Role.ADMIN)}
    with database.begin() as connection:
        connection.execute(sa.insert(UserRole), row)
    return chief


@pytest.fixture
def new_scene(server: Server, chief: Account, database: sa.Engine) -> Callable[[], Scene]:
    """Sets the scene once more."""

    def new_scene() -> Scene:
        account = newcomer(server.base_url)
        victim, other = account.sign_in(), account.sign_in()
        return Scene(account=account, victim=victim, other=other, admin=chief.sign_in(), database=database)

    return new_scene


def answered(instances: list[str], asked: Call, change: Call, *, at: str) -> tuple[Answer, list[Answer], list[Answer]]:
    """The answer to the change made in the middle of requests to all instances; these; and those begun after it."""
    with ExitStack() as loads:
        seen = [loads.enter_context(load(url, [asked] * 2, further=FURTHER)) for url in instances]
        answer = send(at, change)
        left = monotonic()
    every = [each for answers in seen for each in answers]
    return answer, every, [each for each in every if each.began > left]


@pytest.mark.prove
@pytest.mark.parametrize(("made", "reason"), KINDS.values(), ids=KINDS)
def test_no_request_that_began_after_the_answer_is_accepted(
    instances: list[str],
    new_scene: Callable[[], Scene],
    tally: Tally,
    made: Callable[[Scene], Call],
    reason: str,
) -> None:
    ended = f"401 session_ended {reason}"
    for number in range(count(1, 6, 500)):
        scene = new_scene()
        change = made(scene)

        answer, seen, later = answered(
            instances, scene.victim.call("GET", "/me"), change, at=instances[number % len(instances)]
        )

        tally.add([answer.outcome, *(each.outcome for each in seen)])
        assert answer.outcome in {"200", "204", "401 refresh_reused"}
        assert {each.outcome for each in later} == {ended}
        assert len(later) >= len(instances) * 2 * FURTHER
        renewed = [each for url in instances for each in at_once(url, [scene.victim.by_refresh("/auth/refresh")])]
        assert {each.outcome for each in renewed} == {ended}


@pytest.mark.prove
def test_a_role_taken_away_opens_nothing_after_the_answer(
    instances: list[str], new_scene: Callable[[], Scene], tally: Tally
) -> None:
    for number in range(count(1, 6, 500)):
        scene = new_scene()
        demotion = scene.by_admin("PATCH", roles=["support"])

        answer, seen, later = answered(
            instances, scene.victim.call("GET", "/tasks"), demotion, at=instances[number % len(instances)]
        )

        tally.add([answer.outcome, *(each.outcome for each in seen)])
        assert answer.status == 200
        assert {each.outcome for each in later} == {DENIED}
        assert {each.outcome for each in seen} <= {"200", DENIED}
