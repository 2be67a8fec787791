"""Clients that lose answers, ask again, and know what they may believe afterwards."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event
from time import monotonic, sleep

from tests.cast import API
from tests.live.clients import Answer, Call, send
from tests.live.people import Account, Tokens, claims, tokens_of
from tests.patience import PAUSE

PATIENCE = 50  # seconds for one question, less than the replay window
NEW = ("seven purple umbrellas dancing", "nine paper boats at sea", "five amber comets whispering")


class Contradiction(AssertionError):
    """An answer that must not be."""


@dataclass(slots=True)
class Client:
    """Somebody who signs in, refreshes, changes the password and leaves, over and over, and asks again when unheard.

    `dead` are tokens whose session was ended for good, `lost` counts answers that never came.
    """

    account: Account
    password: str
    seed: int
    dead: list[tuple[str, Tokens]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Throw the same dice in every run."""
        self.dice = random.Random(self.seed)  # noqa: S311  dice, not secrets

    def work(self, over: Event) -> None:
        """Live one session after the other until it is over."""
        while not over.is_set():
            self._live_a_session(over)

    def _live_a_session(self, over: Event) -> None:
        tokens, spent = self._sign_in(), None
        for _ in range(self.dice.randrange(2, 8)):
            if over.is_set():
                break
            if self.dice.random() < 0.2:
                self._change_password(tokens)
            else:
                tokens, spent = self._refresh(tokens), tokens
            if spent is not None and self.dice.random() < 0.3:
                self._ask_with_the_spent_one(spent, tokens)
        self._leave(tokens)
        self.dead += [("logout", each) for each in (tokens, spent) if each is not None]

    def _sign_in(self) -> Tokens:
        body = {"email": self.account.email, "password": self.password}
        return tokens_of(self._until_answered(Call("POST", f"{API}/auth/token", json=body)))

    def _refresh(self, tokens: Tokens) -> Tokens:
        """Trade; the answer may be lost, and whoever asks again within the window has lost nothing."""
        return tokens_of(self._until_answered(tokens.by_refresh("/auth/refresh")))

    def _ask_with_the_spent_one(self, spent: Tokens, live: Tokens) -> None:
        """The other token of the rotation brings the same successor: there is no second one."""
        again = tokens_of(self._until_answered(spent.by_refresh("/auth/refresh")))
        if claims(again.refresh) != claims(live.refresh):
            raise Contradiction(f"two successors: {claims(again.refresh)}, {claims(live.refresh)}")

    def _change_password(self, tokens: Tokens) -> None:
        """Change it; if unheard, the first to say that the old one is wrong tells that it was done."""
        new = self.dice.choice([each for each in NEW if each != self.password])
        change = tokens.call("POST", "/me/password", {"current_password": self.password, "new_password": new})
        answer = self._until_answered(change)
        if answer.outcome not in {"204", "403 invalid_password"}:
            raise Contradiction(f"change of password: {answer.outcome}")
        self.counts["password changes"] += 1
        self.password = new

    def _leave(self, tokens: Tokens) -> None:
        answer = self._until_answered(tokens.call("POST", "/auth/logout"))
        if answer.status != 204:
            raise Contradiction(f"logout: {answer.outcome}")
        answer = self._until_answered(tokens.call("GET", "/me"))
        if answer.outcome != "401 session_ended logout":
            raise Contradiction(f"after logout: {answer.outcome}")

    def _until_answered(self, call: Call) -> Answer:
        """Ask until somebody answers."""
        deadline = monotonic() + PATIENCE
        while True:
            self.counts[call.path.removeprefix(API)] += 1
            try:
                answer = send(self.account.base_url, call)
            except (OSError, HTTPException, ValueError):
                self.counts["lost"] += 1
            else:
                if answer.status < 500:
                    return answer
                self.counts[answer.outcome] += 1
            if monotonic() > deadline:
                raise Contradiction(f"nobody answers {call.path}")
            sleep(PAUSE)


def at_intervals(times: int, strike: Callable[[], None], pause: Callable[[], float]) -> None:
    """Do it so many times, with a pause before each."""
    for _ in range(times):
        sleep(pause())
        strike()
