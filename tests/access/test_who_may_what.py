"""Which role opens which door, written out by hand: a change here is a change of the contract."""

import pytest
from flask import Flask

from app.access.guards import policies
from app.users.roles import Role
from tests.access.people import Knocker, filled, somebody_who_is
from tests.cast import Person, code

# in: the guard lets pass (what comes of it is another story); 401 and 403: it does not
SNAPSHOT = """
                                                    nobody  viewer  user  support  admin
POST   /api/v1/auth/register                        in      in      in    in       in
POST   /api/v1/auth/login                           in      in      in    in       in
POST   /api/v1/auth/token                           in      in      in    in       in
POST   /api/v1/auth/refresh                         in      in      in    in       in
POST   /api/v1/auth/logout                          in      in      in    in       in
POST   /api/v1/auth/step-up                         401     in      in    in       in
POST   /api/v1/auth/password/forgot                 in      in      in    in       in
POST   /api/v1/auth/password/reset                  in      in      in    in       in
POST   /api/v1/auth/email/verify                    in      in      in    in       in
POST   /api/v1/auth/email/resend                    in      in      in    in       in
GET    /api/v1/me                                   401     in      in    in       in
PATCH  /api/v1/me                                   401     in      in    in       in
DELETE /api/v1/me                                   401     in      in    in       in
POST   /api/v1/me/password                          401     in      in    in       in
POST   /api/v1/me/email                             401     in      in    in       in
GET    /api/v1/me/export                            401     in      in    in       in
GET    /api/v1/me/sessions                          401     in      in    in       in
DELETE /api/v1/me/sessions                          401     in      in    in       in
DELETE /api/v1/me/sessions/<uuid:session_id>        401     in      in    in       in
GET    /api/v1/me/security-events                   401     in      in    in       in
GET    /api/v1/admin/users                          401     403     403   in       in
GET    /api/v1/admin/users/<uuid:user_id>           401     403     403   in       in
PATCH  /api/v1/admin/users/<uuid:user_id>           401     403     403   403      in
DELETE /api/v1/admin/users/<uuid:user_id>           401     403     403   403      in
GET    /api/v1/admin/users/<uuid:user_id>/sessions  401     403     403   in       in
DELETE /api/v1/admin/users/<uuid:user_id>/sessions  401     403     403   in       in
GET    /api/v1/admin/audit-events                   401     403     403   in       in
GET    /api/v1/tasks                                401     in      in    403      in
POST   /api/v1/tasks                                401     403     in    403      in
GET    /api/v1/tasks/<uuid:task_id>                 401     in      in    403      in
PATCH  /api/v1/tasks/<uuid:task_id>                 401     403     in    403      in
DELETE /api/v1/tasks/<uuid:task_id>                 401     403     in    403      in
GET    /.well-known/jwks.json                       in      in      in    in       in
GET    /problems                                    in      in      in    in       in
GET    /problems/<string:code>                      in      in      in    in       in
GET    /api/v1/openapi.json                         in      in      in    in       in
GET    /docs                                        in      in      in    in       in
GET    /docs/<string:name>                          in      in      in    in       in
GET    /                                            in      in      in    in       in
GET    /demo/<string:name>                          in      in      in    in       in
GET    /latchkey.js                                 in      in      in    in       in
GET    /latchkey.d.ts                               in      in      in    in       in
GET    /livez                                       in      in      in    in       in
GET    /readyz                                      in      in      in    in       in
GET    /healthz                                     in      in      in    in       in
"""
OUTSIDE = {"credentials_missing": "401", "permission_denied": "403"}
INSIDE = {None, "validation_failed", "not_found", "refresh_invalid"}


def written() -> dict[tuple[str, str], dict[str, str]]:
    """The snapshot: for each route what happens to whom."""
    head, *rows = [line.split() for line in SNAPSHOT.strip().splitlines()]
    return {(row[0], row[1]): dict(zip(head, row[2:], strict=True)) for row in rows}


def test_the_snapshot_names_every_route_and_no_other(shared_app: Flask) -> None:
    assert set(policies(shared_app)) == set(written())


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_exactly_the_doors_of_the_snapshot(app: Flask, role: Role) -> None:
    who = somebody_who_is(app, role)

    happened = {(method, rule): _outcome(who.log_in(), method, rule) for method, rule in written()}

    assert happened == {door: row.get(role) for door, row in written().items()}


def test_a_stranger_opens_exactly_the_doors_of_the_snapshot(app: Flask) -> None:
    happened = {(method, rule): _outcome(Person(app), method, rule) for method, rule in written()}

    assert happened == {door: row["nobody"] for door, row in written().items()}


def _outcome(who: Person, method: str, rule: str) -> str:
    path = filled(rule)
    headers = who.credentials(method, path)
    _, named = code(Knocker(who.app).request(method, path, headers=headers, json={"not": "what it takes"}))
    return "in" if named in INSIDE else OUTSIDE.get(str(named), f"unexpected: {named}")
