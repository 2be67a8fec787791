"""Whatever ends a session or takes a right away counts from the next request, on every worker of every instance."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from time import monotonic, sleep
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.kit import clock
from app.recovery.models import MailedToken, Purpose
from app.users.models import UserRole
from app.users.roles import Role
from tests.cast import API, PASSWORD
from tests.counts import PROVE, Tally, count
from tests.live.clients import Answer, Call, send
from tests.live.load import load
from tests.live.people import Account, Tokens, claims, newcomer, tokens_of
from tests.live.rows import doubles
from tests.live.server import Server, serve
from tests.patience import PATIENCE

NEW = "seven purple umbrellas dancing"
ACCEPTED = "200"
DENIED = "403 permission_denied"
BUSY = "503 unavailable"  # whoever has no place, or no database in time, comes again
ONE_BY_ONE = Lock()  # PostgreSQL's connections are for those who serve
FURTHER = 2
AT_ONCE = count(3, 12, 12)
CROWDS = count(1, 2, 38)  # of each of eleven kinds on each of two databases: 10 032 revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Somebody signed in twice, once by cookie, an admin, and a look past the server."""

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


def insist(base_url: str, call: Call) -> Answer:
    """The answer to a call that is repeated for as long as there is no place for it."""
    deadline = monotonic() + PATIENCE
    while (answer := send(base_url, call)).outcome == BUSY and monotonic() < deadline:
        sleep(0.1)
    return answer


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
    with ONE_BY_ONE, scene.database.begin() as connection:
        connection.execute(sa.insert(MailedToken), row)
    return Call("POST", f"{API}/auth/password/reset", json={"token": token, "password": NEW})


def reused(scene: Scene) -> Call:
    """A refresh token that was spent, and its successor too."""
    base_url, spent = scene.account.base_url, scene.victim
    successor = tokens_of(insist(base_url, spent.by_refresh("/auth/refresh")))
    assert insist(base_url, successor.by_refresh("/auth/refresh")).status == 200
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A revocation in the middle of requests: its answer, all requests of the victim, and those begun after it.

    A request without a place was not accepted; it proves nothing either, and is not among the `later`.
    """

    answer: Answer
    seen: Sequence[Answer]
    later: Sequence[Answer]
    renewals: Sequence[Answer]


@pytest.fixture(scope="module")
def instances(server: Server, live_url: str, mails: Path) -> Iterator[list[str]]:
    """Where the service is reached: on PostgreSQL at two instances, on SQLite at one."""
    with ExitStack() as further:
        urls = [server.base_url]
        if live_url.startswith("postgresql"):
            secret, workers = server.kept_secret.read_text(), 4 if PROVE else 1
            second = serve(
                live_url, workers=workers, threads=4, migrate=False, SECRET_KEY=secret, MAIL_URL=f"file:{mails}"
            )
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
def rounds(server: Server, instances: list[str], chief: Account, database: sa.Engine) -> Callable[..., Iterator[Round]]:
    """Revokes in this way again and again, a crowd at once, each time somebody else."""

    def rounds(made: Callable[[Scene], Call], *, asked: str) -> Iterator[Round]:
        for _ in range(CROWDS):
            admin = tokens_of(insist(server.base_url, chief.sign_in_call()))

            def new_round(account: Account, at: str, admin: Tokens = admin) -> Round:
                signs_in = [account.sign_in_call(by_cookie=each) for each in (False, True)]
                victim, other = (tokens_of(insist(at, each)) for each in signs_in)
                scene = Scene(account=account, victim=victim, other=other, admin=admin, database=database)
                return revoked(instances, victim, made(scene), asked=asked, at=at)

            with ThreadPoolExecutor(AT_ONCE) as hands:
                crowd = doubles(database, newcomer(server.base_url), AT_ONCE)
                yield from hands.map(new_round, crowd, cycle(instances))

    return rounds


def revoked(instances: list[str], victim: Tokens, change: Call, *, asked: str, at: str) -> Round:
    """Make the change while the victim asks every instance without a pause, and a few times more after its answer."""
    with ExitStack() as loads:
        asks = [victim.call("GET", asked)]
        answers = [loads.enter_context(load(url, asks, further=FURTHER)) for url in instances]
        answer = insist(at, change)
        left = monotonic()
    seen = [each for some in answers for each in some]
    later = [each for each in seen if each.began > left and each.outcome != BUSY]
    renewals = [insist(url, victim.by_refresh("/auth/refresh")) for url in instances]
    return Round(answer=answer, seen=seen, later=later, renewals=renewals)


@pytest.mark.prove
@pytest.mark.parametrize(("made", "reason"), KINDS.values(), ids=KINDS)
def test_no_request_that_began_after_the_answer_is_accepted(
    instances: list[str],
    rounds: Callable[..., Iterator[Round]],
    tally: Tally,
    made: Callable[[Scene], Call],
    reason: str,
) -> None:
    ended = f"401 session_ended {reason}"

    for each in rounds(made, asked="/me"):
        tally.add(answer.outcome for answer in [each.answer, *each.seen, *each.renewals])
        assert each.answer.outcome in {"200", "204", "401 refresh_reused"}
        assert {answer.outcome for answer in each.seen} - {BUSY} == {ACCEPTED, ended}
        assert {answer.outcome for answer in [*each.later, *each.renewals]} == {ended}
        assert len(each.later) >= len(instances)


@pytest.mark.prove
def test_a_role_taken_away_opens_nothing_after_the_answer(
    instances: list[str], rounds: Callable[..., Iterator[Round]], tally: Tally
) -> None:
    def demotion(scene: Scene) -> Call:
        return scene.by_admin("PATCH", roles=["support"])

    for each in rounds(demotion, asked="/tasks"):
        renewed = [insist(url, tokens_of(each.renewals[0]).call("GET", "/tasks")) for url in instances]
        tally.add(answer.outcome for answer in [each.answer, *each.seen, *each.renewals, *renewed])
        assert each.answer.status == 200
        assert {answer.outcome for answer in each.seen} - {BUSY} == {ACCEPTED, DENIED}
        assert {answer.outcome for answer in [*each.later, *renewed]} == {DENIED}
        assert len(each.later) >= len(instances)
