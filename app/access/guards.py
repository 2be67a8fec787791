"""What every route must declare, and the guard that comes of it.

The guard stands outermost: an anonymous caller learns nothing of what a body should look like. `create_app` refuses to
start with a route that declares nothing. How callers are recognised is told by the factory (`init_app`).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, g, request

from app.access import forgery
from app.access.callers import Caller
from app.access.problems import (
    CredentialsMissing,
    CsrfFailed,
    FreshLoginRequired,
    PermissionDenied,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
)
from app.kit import bodies, clock, limits
from app.kit.api import declaration_or_none, declare, limitation, set_limit
from app.kit.application import MAX_BODY_BYTES
from app.kit.database import SAFE_METHODS
from app.kit.errors import Problem
from app.kit.limits import Limit
from app.kit.problems import PayloadTooLarge, RateLimited
from app.kit.proxies import client_network
from app.kit.tracing import name_caller
from app.users import hashing
from app.users.roles import Permission, Role

P = ParamSpec("P")
R = TypeVar("R")
Recogniser = Callable[[], Caller | None]
BY_COOKIE = {"cookie", "refreshCookie"}
EXTENSION = "latchkey-recognisers"
GUARD = "latchkey_guard"


class UndeclaredRoute(RuntimeError):
    """A route wears neither `@public`, `@requires` nor `@presents` outermost."""


class Credential(StrEnum):
    """What a route looks at."""

    NONE = "none"
    ACCESS = "access"
    REFRESH = "refresh"
    ANY = "any"


Security = list[dict[str, list[str]]]
BY_KIND: dict[Credential, Security] = {
    Credential.NONE: [],
    Credential.ACCESS: [{"bearer": []}, {"cookie": []}],
    Credential.REFRESH: [{"refreshBearer": []}, {"refreshCookie": []}],
    Credential.ANY: [{}, {"bearer": []}, {"cookie": []}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a route asks of its caller."""

    credential: Credential
    permissions: frozenset[Permission] = frozenset()
    role: Role | None = None
    fresh: bool = False
    limit: Limit | None = None
    hashes: bool = False

    def security(self, method: str) -> Security:
        """OpenAPI `security` of the operation: bearer, or cookie, which needs the CSRF header where it is unsafe."""
        if method in SAFE_METHODS:
            return BY_KIND[self.credential]
        return [ways | {"csrf": []} if ways.keys() & BY_COOKIE else ways for ways in BY_KIND[self.credential]]

    def refusals(self, method: str) -> set[type[Problem]]:
        """The problems with which the guard may refuse this method."""
        found: set[type[Problem]] = set() if method in SAFE_METHODS else {CsrfFailed}
        if self.limit:
            found.add(RateLimited)
        if self.credential is Credential.ACCESS:
            found |= {CredentialsMissing, TokenExpired, TokenInvalid, SessionEnded}
        if self.permissions or self.role:
            found.add(PermissionDenied)
        return found | ({FreshLoginRequired} if self.fresh else set())


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Open the route to everybody. It looks at no token, so that no dead one can block it."""
    return _guarded(view, Policy(credential=Credential.NONE))


def presents(credential: Credential) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the view itself judge the credential: only for the doors that renew or end a session."""
    return lambda view: _guarded(view, Policy(credential=credential))


def requires(
    *permissions: Permission, role: Role | None = None, fresh: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Admit signed-in callers who have all these permissions, this role, and a fresh proof of password if asked."""
    policy = Policy(credential=Credential.ACCESS, permissions=frozenset(permissions), role=role, fresh=fresh)
    return lambda view: _guarded(view, policy)


def limited(limit: Limit, *, hashes: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let each client network try this no more often than the limit says; routes with the same limit share it.

    Where the view `hashes` passwords, it has a place to do so before anybody is counted.

    Raises:
        UndeclaredRoute: it stands outside the guard, which would not see it.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        if declaration_or_none(view) is not None:
            raise UndeclaredRoute(f"{view.__name__}: @limited belongs under its guard")
        set_limit(view, limit, hashes=hashes)
        return view

    return decorate


def init_app(app: Flask, *, recognisers: Sequence[Recogniser]) -> None:
    """Tell the guards how callers are recognised; the first recogniser that knows the caller is believed."""
    app.extensions[EXTENSION] = tuple(recognisers)


def check_declared(app: Flask) -> None:
    """Refuse an application with a door that nobody guards, or guards only behind what reads the request.

    Raises:
        UndeclaredRoute: it names the route.
    """
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        # Decorators copy attributes outwards: only the guard itself is its own guard.
        if getattr(view, GUARD, None) is not view:
            raise UndeclaredRoute(f"{rule.rule} ({rule.endpoint}) must wear @public or @requires outermost")


def _guarded(view: Callable[P, R], asked: Policy) -> Callable[P, R]:
    policy = replace(asked, **limitation(view))

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        with _place(policy):
            _admit(policy)
            return view(*args, **kwargs)

    declare(guarded, policy)
    setattr(guarded, GUARD, guarded)
    return guarded


def _place(policy: Policy) -> AbstractContextManager[None]:
    """Where the view hashes, a place to do so, before anything is counted; its client may be slow, but not in there."""
    if not policy.hashes:
        return nullcontext()
    bodies.fetch()
    return hashing.place()


def _admit(policy: Policy) -> None:
    """The order of checks of the contract, after the size: limit, credential, forgery, permission, freshness."""
    if policy.limit is not None:
        limits.count(policy.limit, network=client_network())
    if policy.credential is Credential.NONE and request.method not in SAFE_METHODS:
        forgery.check_origin()
    if policy.credential is Credential.ACCESS:
        who = g.caller = _recognise()
        name_caller(who.user_id)
        _authorise(who, policy)


def _recognise() -> Caller:
    for recogniser in current_app.extensions[EXTENSION]:
        found: Caller | None = recogniser()
        if found is not None:
            return found
    raise CredentialsMissing


def _authorise(who: Caller, policy: Policy) -> None:
    if who.csrf is not None and request.method not in SAFE_METHODS:
        forgery.check_origin()
        forgery.check_token({who.csrf})
    if not policy.permissions <= who.permissions:
        raise PermissionDenied
    if policy.role is not None and policy.role not in who.profile.roles:
        raise PermissionDenied
    if policy.fresh and clock.now() >= who.fresh_until:
        raise FreshLoginRequired


def policies(app: Flask) -> dict[tuple[str, str], Any]:
    """Every (method, path) of the application and what it asks."""
    return {
        (method, rule.rule): declaration_or_none(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }
