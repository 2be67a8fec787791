"""A model of users, sessions and time, small enough to be believed: what the application must answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LEEWAY = timedelta(seconds=10)
WINDOW = timedelta(seconds=10)
ACCESS = timedelta(minutes=15)
REFRESH = timedelta(days=7)
SESSION = timedelta(days=30)
GOOD = "200"


def whole(moment: datetime) -> datetime:
    """The second in which the moment is."""
    return moment.replace(microsecond=0)


@dataclass(eq=False, slots=True)
class User:
    """Somebody with an account."""

    email: str
    password: str
    id: str = ""
    roles: set[str] = field(default_factory=lambda: {"user"})
    disabled: bool = False
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Session:
    """A session, and why it ended if it did. `live` is the number of the one live refresh token."""

    user: User
    begun: datetime
    id: str = ""
    live: int = 0
    rotated: datetime = field(init=False)
    idle_end: datetime = field(init=False)
    ended: str | None = None

    def __post_init__(self) -> None:
        """Begin."""
        self.begun = whole(self.begun)
        self.rotated = self.begun
        self.idle_end = self.begun + REFRESH

    @property
    def end(self) -> datetime:
        """When it ends for good."""
        return self.begun + SESSION

    def is_listed(self, now: datetime) -> bool:
        """Whether its owner sees it."""
        return self.ended is None and now < min(self.idle_end, self.end)

    def is_renewable(self, now: datetime) -> bool:
        """Whether a refresh token can still keep it alive: clocks may differ."""
        return self.ended is None and now < min(self.idle_end + LEEWAY, self.end)

    def rotate(self, now: datetime) -> None:
        """Spend the live token for its successor."""
        self.live += 1
        self.rotated = now
        self.idle_end = min(whole(now) + REFRESH, self.end)


@dataclass(eq=False, slots=True)
class Token:
    """A token in somebody's hands; `number` counts the refresh tokens of a session, and is -1 for access tokens."""

    session: Session
    text: str
    expires: datetime
    number: int = -1


def access_outcome(token: Token, now: datetime) -> str:
    """What a request by this access token is told."""
    if now >= token.expires + LEEWAY:
        return "401 token_expired"
    if token.session.ended:
        return f"401 session_ended {token.session.ended}"
    return GOOD


def refresh_outcomes(token: Token, now: datetime) -> set[str]:
    """What trading this refresh token may come to; the session changes with it."""
    session = token.session
    if now >= token.expires + LEEWAY:  # the blocklist may have forgotten by then
        return {"401 session_ended expired", f"401 session_ended {session.ended or 'expired'}"}
    if session.ended:
        return {f"401 session_ended {session.ended}"}
    if now >= session.end:
        return {"401 session_ended expired"}
    if token.number == session.live:
        session.rotate(now)
        return {GOOD}
    if token.number == session.live - 1 and now - session.rotated <= WINDOW:
        return {GOOD}
    session.ended = "refresh_reused"
    return {"401 refresh_reused"}
