"""What is measured: five kinds of work, and how the load hands out the tokens for each."""

from dataclasses import dataclass, field
from enum import StrEnum
from string import Template

LOGIN_SPAN = 3  # a login takes a third of a second: it is measured so many times longer than the rest


class Work(StrEnum):
    """The five kinds."""

    ME = "W1"
    TASKS = "W2"
    LOGIN = "W3"
    REFRESH = "W4"
    LOGOUT = "W5"

    @property
    def told(self) -> str:
        """What it is, in a few words."""
        return _TITLES[self]

    @property
    def mode(self) -> str:
        """How tokens are handed out, as wrk.lua knows it; logins need none."""
        return {Work.REFRESH: "chain", Work.LOGOUT: "spend"}.get(self, "repeat")


_TITLES = {
    Work.ME: "GET me",
    Work.TASKS: "GET 20 tasks",
    Work.LOGIN: "login, bcrypt 12",
    Work.REFRESH: "refresh, rotating",
    Work.LOGOUT: "logout",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as its server documents it. `$access`, `$refresh`, `$email`, `$password` stand for the caller's."""

    method: str
    path: str
    bearer: str = ""
    body: str = ""

    def headers(self) -> dict[str, str]:
        """Its headers, not yet filled in."""
        bearer = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return bearer | ({"Content-Type": "application/json"} if self.body else {})

    def filled(self, **values: str) -> "Call":
        """The same for one caller."""

        def fill(text: str) -> str:
            return Template(text).substitute(values)

        return Call(method=self.method, path=self.path, bearer=fill(self.bearer), body=fill(self.body))


@dataclass(frozen=True, kw_only=True)
class Calls:
    """How a server is asked for each kind of work; what it cannot do is left out."""

    me: Call = field(default_factory=lambda: Call(method="GET", path="/me", bearer="$access"))
    tasks: Call = field(default_factory=lambda: Call(method="GET", path="/tasks", bearer="$access"))
    login: Call = field(
        default_factory=lambda: Call(method="POST", path="/login", body='{"email": "$email", "password": "$password"}')
    )
    refresh: Call = field(default_factory=lambda: Call(method="POST", path="/refresh", bearer="$refresh"))
    logout: Call = field(default_factory=lambda: Call(method="POST", path="/logout", bearer="$access"))
    access_name: str = "access_token"
    refresh_name: str = "refresh_token"
    items_name: str = "items"

    def of(self, work: Work) -> Call:
        """The call that does this work."""
        return {
            Work.ME: self.me,
            Work.TASKS: self.tasks,
            Work.LOGIN: self.login,
            Work.REFRESH: self.refresh,
            Work.LOGOUT: self.logout,
        }[work]
