"""What people and an admin do, in any order, to the application and to the model at once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import time_machine
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from werkzeug.test import TestResponse

from app.kit.database import transaction
from app.users import service as users
from app.users.roles import Permission, Role, permissions_of
from tests.auth.forging import bearer, claims_of
from tests.cast import PASSWORD, Person
from tests.conftest import emptied
from tests.sessions.model import GOOD, Session, Token, User, access_outcome, refresh_outcomes

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
CHIEF = "chief@example.com"
PASSWORDS = (PASSWORD, "seven purple umbrellas dancing", "nine paper boats at sea")
SOON = [timedelta(seconds=s) for s in (0, 1, 9, 10, 11, 19)]
LATER = [timedelta(seconds=s) for s in (60, 890, 899, 905, 912, 3600)]
LATER += [timedelta(days=6, hours=23), timedelta(days=7), timedelta(days=7, seconds=9), timedelta(days=8)]
ROLES = st.sets(st.sampled_from([str(role) for role in Role if role is not Role.ADMIN]))
WHICH = st.integers(0, 9)  # counted from the newest

MOST_PEOPLE = 2
MANY = 4
FRIENDS = precondition(lambda world: world.accesses)
PEOPLE = precondition(lambda world: world.people)
ROOM = precondition(lambda world: sum(not each.deleted for each in world.people) < MOST_PEOPLE)
CROWD = precondition(lambda world: len(world.refreshes) >= MANY)


def outcome(answer: TestResponse) -> str:
    """The status, the code and the reason."""
    body = answer.get_json(silent=True) or {}
    status = GOOD if answer.status_code < 300 else str(answer.status_code)
    return " ".join(each for each in (status, body.get("code"), body.get("reason")) if each)


def refused(answer: TestResponse) -> str:
    """As `outcome`, but that somebody was let in."""
    said = outcome(answer)
    return said if said.startswith("401") else GOOD


class World(RuleBasedStateMachine):
    """The application on an empty database, the model, and the tokens in people's hands."""

    app: ClassVar[Flask]
    counted: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        """Begin at the beginning."""
        super().__init__()
        self.people: list[User] = []
        self.sessions: list[Session] = []
        self.accesses: list[Token] = []
        self.refreshes: list[Token] = []
        self.successors: dict[tuple[str, int], str] = {}
        self.travel = time_machine.travel(BEGINNING, tick=False)
        self.traveller = self.travel.start()
        emptied(self.app)
        with self.app.app_context(), transaction():
            users.add(CHIEF, PASSWORD, name=None, roles=[Role.ADMIN], verified=True)
        self.somebody = Person(self.app)

    def teardown(self) -> None:
        """Let time go on."""
        self.travel.stop()

    @property
    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)

    def ask(self, method: str, path: str, *, token: str = "", json: Any = None) -> TestResponse:
        """A request by this token, or by none."""
        answer = self.somebody.request(method, path, json=json, headers=bearer(token) if token else {})
        self.counted["requests"] += 1
        self.counted[outcome(answer)] += 1
        return answer

    def by_admin(self, user: User, method: str, below: str = "", json: Any = None) -> TestResponse:
        """A request of the admin about somebody, freshly signed in."""
        chief = self.ask("POST", "/auth/token", json={"email": CHIEF, "password": PASSWORD}).get_json()
        return self.ask(method, f"/admin/users/{user.id}{below}", token=chief["access_token"], json=json)

    def end(self, user: User, reason: str, *, but: Session | None = None) -> None:
        """Note that somebody's sessions end; of one past its time no token tells."""
        for each in self.sessions:
            if each.user is user and each is not but and each.ended is None:
                each.ended = reason

    def keep(self, answer: TestResponse, session: Session) -> None:
        """Keep the pair of tokens in the answer."""
        body = answer.get_json()
        for kind, held, number in (("access", self.accesses, -1), ("refresh", self.refreshes, session.live)):
            text = body[f"{kind}_token"]
            held.append(Token(session, text, datetime.fromtimestamp(claims_of(text)["exp"], UTC), number))
        assert self.refreshes[-1].expires == session.idle_end
        same = self.successors.setdefault((session.id, session.live), claims_of(body["refresh_token"])["jti"])
        assert claims_of(body["refresh_token"])["jti"] == same

    @ROOM
    @rule()
    def register(self) -> None:
        """Somebody opens an account."""
        self.counted["accounts"] += 1
        user = User(f"user{self.counted['accounts']}@example.com", PASSWORD)
        answer = self.ask("POST", "/auth/register", json={"email": user.email, "password": user.password})
        assert answer.status_code == 201, answer.text
        user.id = answer.get_json()["id"]
        self.people.append(user)

    @PEOPLE
    @rule(which=WHICH)
    def sign_in(self, which: int) -> None:
        """Somebody begins a session."""
        user = self.people[-1 - which % len(self.people)]
        answer = self.ask("POST", "/auth/token", json={"email": user.email, "password": user.password})
        if user.deleted or user.disabled:
            assert outcome(answer) == ("401 invalid_credentials" if user.deleted else "403 account_disabled")
            return
        session = Session(user, self.now)
        session.id = claims_of(answer.get_json()["access_token"])["sid"]
        self.sessions.append(session)
        self.keep(answer, session)

    @PEOPLE
    @rule(which=WHICH)
    def guess(self, which: int) -> None:
        """Somebody tries a password that is not theirs."""
        user = self.people[-1 - which % len(self.people)]
        answer = self.ask("POST", "/auth/token", json={"email": user.email, "password": f"not {user.password}"})
        assert outcome(answer) == "401 invalid_credentials"

    @CROWD
    @rule(pause=st.sampled_from(LATER))
    def wait(self, pause: timedelta) -> None:
        """Time passes."""
        self.traveller.shift(pause)

    @FRIENDS
    @rule(which=WHICH)
    def refresh(self, which: int) -> None:
        """Somebody trades a refresh token, the newest or an older one."""
        self.trade(self.refreshes[-1 - which % len(self.refreshes)])

    @FRIENDS
    @rule(pauses=st.lists(st.sampled_from(SOON), max_size=3))
    def refresh_again_and_again(self, pauses: list[timedelta]) -> None:
        """The same token comes back after a while, and once more."""
        token = self.refreshes[-1]
        self.trade(token)
        for pause in pauses:
            self.traveller.shift(pause)
            self.trade(token)

    def trade(self, token: Token) -> None:
        """Trade a refresh token: told what the model says."""
        answer = self.ask("POST", "/auth/refresh", token=token.text)
        expected = refresh_outcomes(token, self.now)
        assert outcome(answer) in expected, (outcome(answer), expected)
        if outcome(answer) == GOOD:
            self.keep(answer, token.session)

    def by_access(self, which: int, method: str, path: str, json: Any = None) -> Token | None:
        """A request by an access token, told what the model says; the token if it was let in."""
        token = self.accesses[-1 - which % len(self.accesses)]
        answer = self.ask(method, path, token=token.text, json=json)
        assert refused(answer) == access_outcome(token, self.now), (outcome(answer), path)
        return token if refused(answer) == GOOD else None

    @FRIENDS
    @rule(which=WHICH)
    def look_at_my_tasks(self, which: int) -> None:
        """Roles count as they are now."""
        token = self.accesses[-1 - which % len(self.accesses)]
        answer = self.ask("GET", "/tasks", token=token.text)
        expected = access_outcome(token, self.now)
        if expected == GOOD and Permission.TASKS_READ not in permissions_of(token.session.user.roles):
            expected = "403 permission_denied"
        assert outcome(answer) == expected

    @FRIENDS
    @rule(which=WHICH)
    def log_out(self, which: int) -> None:
        """A logout by access token is always fine."""
        token = self.accesses[-1 - which % len(self.accesses)]
        assert self.ask("POST", "/auth/logout", token=token.text).status_code == 204
        if access_outcome(token, self.now) == GOOD:
            token.session.ended = "logout"

    @FRIENDS
    @rule(which=WHICH, keep=st.booleans())
    def end_my_sessions(self, which: int, *, keep: bool) -> None:
        """All of mine, or all others."""
        token = self.by_access(which, "DELETE", "/me/sessions" + "?keep=current" * keep)
        if token:
            self.end(token.session.user, "logout_everywhere", but=token.session if keep else None)

    @FRIENDS
    @rule(which=WHICH, other=WHICH)
    def end_one_session(self, which: int, other: int) -> None:
        """One by its id: mine, or it does not exist."""
        target = self.sessions[-1 - other % len(self.sessions)]
        token = self.accesses[-1 - which % len(self.accesses)]
        answer = self.ask("DELETE", f"/me/sessions/{target.id}", token=token.text)
        expected = access_outcome(token, self.now)
        if expected == GOOD and not (target.user is token.session.user and target.is_renewable(self.now)):
            expected = "404 not_found"
        assert outcome(answer) == expected
        if expected == GOOD:
            target.ended = "revoked_by_user"
