"""POST /api/v1/auth/...: register, login, token, refresh, logout, step-up."""

from http import HTTPStatus
from typing import Any

from flask import jsonify

from app.access.callers import caller
from app.access.guards import Credential, limited, presents, public, requires
from app.access.problems import SessionEnded
from app.auth import leaving, renewal, service
from app.auth.delivery import deliver, deliver_access
from app.auth.problems import (
    AccountDisabled,
    EmailUnverified,
    InvalidCredentials,
    RegistrationClosed,
)
from app.auth.schemas import (
    CookieLogin,
    Credentials,
    PasswordForm,
    PasswordGrant,
    PasswordProof,
    Renewal,
    TokenPair,
)
from app.kit.api import Blueprint
from app.kit.limits import Limit
from app.kit.problems import RateLimited
from app.kit.proxies import client_address, client_agent_or_none
from app.kit.settings import settings
from app.recovery import service as recovery
from app.recovery.schemas import Accepted
from app.sessions.problems import RefreshInvalid, RefreshReused
from app.sessions.service import Device
from app.users import service as users
from app.users.problems import EmailTaken, InvalidPassword
from app.users.schemas import NewAccount, UserOut

bp = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="The doors.")


def _device() -> Device:
    return Device(ip=client_address(), user_agent=client_agent_or_none())


@bp.post("/register")
@public
@limited(Limit.REGISTER, hashes=True)
@bp.refuses(EmailTaken, RegistrationClosed)
@bp.arguments(NewAccount)
@bp.alt_response(202, schema=Accepted)
@bp.response(201, UserOut)
def register(*, email: str, password: str, name: str | None) -> Any:
    """Open an account; where addresses must be verified first, apply for one (202, the same for every address)."""
    mode = settings().registration
    if mode == "closed":
        raise RegistrationClosed
    if mode == "verified":
        recovery.apply(email, password, name=name)
        return jsonify(status="accepted"), HTTPStatus.ACCEPTED
    return users.find(recovery.register(email, password, name=name)), {"Location": "/api/v1/me"}


@bp.post("/login")
@public
@limited(Limit.LOGIN, hashes=True)
@bp.refuses(InvalidCredentials, AccountDisabled, EmailUnverified)
@bp.arguments(Credentials)
@bp.response(200, CookieLogin)
def log_in(*, email: str, password: str) -> dict[str, Any]:
    """Sign in by cookie: for pages in a browser. No token is in the body."""
    grant = service.log_in(email, password, by_cookie=True, device=_device())
    return {"user": users.find(grant.user_id), **deliver(grant, by_cookie=True)}


@bp.post("/token")
@public
@limited(Limit.LOGIN, hashes=True)
@bp.refuses(InvalidCredentials, AccountDisabled, EmailUnverified)
@bp.also_takes_form(PasswordForm)
@bp.arguments(PasswordGrant, location="json_or_form")
@bp.response(200, TokenPair)
def issue_tokens(*, email: str, password: str) -> dict[str, Any]:
    """Sign in by bearer token: for curl, services and apps. No cookie is set."""
    grant = service.log_in(email, password, by_cookie=False, device=_device())
    return deliver(grant, by_cookie=False)


@bp.post("/refresh")
@presents(Credential.REFRESH)
@limited(Limit.REFRESH)
@bp.refuses(RefreshInvalid, RefreshReused, SessionEnded)
@bp.response(200, Renewal)
def refresh() -> dict[str, Any]:
    """Trade the refresh token for its successor and a new access token.

    Repeated within REFRESH_REPLAY_SECONDS it gives the same successor again; later, the session ends.
    """
    grant, by_cookie = renewal.renew()
    return deliver(grant, by_cookie=by_cookie)


@bp.post("/logout")
@presents(Credential.ANY)
@bp.response(204)
def log_out() -> None:
    """End the session and clear the cookies. Dead or absent credentials are fine."""
    leaving.leave()


@bp.post("/step-up")
@requires()
@bp.refuses(InvalidPassword, RateLimited, SessionEnded)
@bp.arguments(PasswordProof)
@bp.response(200, Renewal)
def step_up(*, password: str) -> dict[str, Any]:
    """Prove the password again; get an access token that is fresh."""
    who = caller()
    grant = service.prove(who, password)
    return deliver_access(grant, by_cookie=who.csrf is not None)
