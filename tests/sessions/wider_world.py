"""The world, with what else befalls accounts, and what is true at every moment."""

from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from app.audit.models import AuditEvent
from app.kit.database import read
from app.sessions.models import Session as Row
from tests.sessions.model import GOOD, User, access_outcome
from tests.sessions.world import CROWD, FRIENDS, PASSWORDS, PEOPLE, ROLES, WHICH, World, outcome

STEP_UP = "/auth/step-up"


class WiderWorld(World):
    """Passwords, an admin, and the invariants."""

    @FRIENDS
    @rule(which=WHICH, new=st.sampled_from(PASSWORDS))
    def change_password(self, which: int, new: str) -> None:
        """Other sessions end, this one stays."""
        old = self.accesses[-1 - which % len(self.accesses)].session.user.password
        token = self.by_access(which, "POST", "/me/password", {"current_password": old, "new_password": new})
        if token:
            token.session.user.password = new
            self.end(token.session.user, "password_changed", but=token.session)

    @FRIENDS
    @rule(which=WHICH)
    def prove(self, which: int) -> None:
        """A step-up ends nothing, and wants the session alive."""
        password = self.accesses[-1 - which % len(self.accesses)].session.user.password
        self.by_access(which, "POST", STEP_UP, {"password": password})

    def _somebody(self, which: int) -> User:
        return self.people[-1 - which % len(self.people)]

    def _admin_does(self, user: User, method: str, below: str = "", json: Any = None) -> bool:
        """Whether there was anybody to do it to."""
        answer = self.by_admin(user, method, below, json)
        assert outcome(answer) == ("404 not_found" if user.deleted else GOOD)
        return not user.deleted

    @PEOPLE
    @rule(which=WHICH, roles=ROLES)
    def give_roles(self, which: int, roles: set[str]) -> None:
        """An admin says which roles somebody has."""
        user = self._somebody(which)
        if self._admin_does(user, "PATCH", json={"roles": sorted(roles)}):
            user.roles = roles

    @CROWD
    @rule(which=WHICH, disabled=st.booleans())
    def disable(self, which: int, *, disabled: bool) -> None:
        """An admin shuts or opens an account."""
        user = self._somebody(which)
        if self._admin_does(user, "PATCH", json={"disabled": disabled}):
            user.disabled = disabled
            if disabled:
                self.end(user, "account_disabled")

    @CROWD
    @rule(which=WHICH)
    def end_by_admin(self, which: int) -> None:
        """An admin ends somebody's sessions."""
        user = self._somebody(which)
        if self._admin_does(user, "DELETE", "/sessions"):
            self.end(user, "revoked_by_admin")

    @CROWD
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        """An admin deletes an account."""
        user = self._somebody(which)
        if self._admin_does(user, "DELETE"):
            user.deleted = True
            self.end(user, "account_deleted")

    @FRIENDS
    @rule(which=WHICH)
    def list_my_sessions(self, which: int) -> None:
        """The list is what the model says is alive."""
        token = self.accesses[-1 - which % len(self.accesses)]
        answer = self.ask("GET", "/me/sessions?limit=100", token=token.text)
        assert outcome(answer) == access_outcome(token, self.now)
        if outcome(answer) == GOOD:
            mine = [each for each in self.sessions if each.user is token.session.user and each.is_listed(self.now)]
            items = answer.get_json()["items"]
            assert {each["id"] for each in items} == {each.id for each in mine}
            assert [each["id"] for each in items if each["current"]] == [token.session.id]

    @invariant()
    def every_event_has_its_fact_and_every_fact_its_event(self) -> None:
        """Begun: alive, ended with its reason, or past its time. Nothing else was ever told."""
        with self.app.app_context():
            told = read(sa.select(AuditEvent.action, AuditEvent.session_id, AuditEvent.detail))
            alive = {str(row.id) for row in read(sa.select(Row.id))}
        ours = {each.id for each in self.sessions}
        begun = [str(each.session_id) for each in told if each.action == "session.begun"]
        ended = {str(e.session_id): e.detail["reason"] for e in told if e.action == "session.ended"}
        assert sorted(each for each in begun if each in ours) == sorted(ours)
        assert not alive & ended.keys()
        for each in self.sessions:
            assert ended.get(each.id) == each.ended or (
                each.ended and self.now > each.idle_end and each.id not in alive
            )
            assert each.ended is not None or each.id in alive or self.now > each.idle_end
        assert sum(row.action == "user.deleted" for row in told) == sum(user.deleted for user in self.people)
