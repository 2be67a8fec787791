"""Telling what happened, in the transaction in which it happens; and finding it again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app, has_request_context
from uuid6 import uuid7

from app.access.callers import caller_or_none
from app.audit.models import Action, AuditEvent
from app.kit import clock
from app.kit.afterwards import once_kept
from app.kit.database import db, read, write, writer
from app.kit.paging import Page, page
from app.kit.prepared import Prepared
from app.kit.proxies import client_address, client_agent_or_none
from app.kit.tracing import request_id

CHUNK = 1000
EVENTS = cast("sa.Table", AuditEvent.__table__)  # itself, and every column is in the statement, said or not
_TELL = Prepared(sa.insert(EVENTS))
Told = str | int | Sequence[str]
Listener = Callable[[Action, Mapping[str, Told]], None]
EXTENSION = "latchkey-audit-listener"


def init_app(app: Flask, *, listener: Listener) -> None:
    """Tell `listener` of every event once it is kept, so that it is counted."""
    app.extensions[EXTENSION] = listener


def record(
    action: Action,
    *,
    subject_id: UUID | None = None,
    actor_id: UUID | None = None,
    session_id: UUID | None = None,
    by: sa.Connection | None = None,
    **detail: Told,
) -> None:
    """Tell that this happens to `subject_id`, if the transaction is kept: no secret, no token, no address in `detail`.

    Whoever is signed in did it, through their session, unless told otherwise.
    """
    row = told(action, actor_id=actor_id, **detail) | {"subject_id": subject_id}
    _TELL.on(by or writer(), **(row | ({"session_id": session_id} if session_id else {})))
    if by is None:  # else whether the transaction is kept is not known here: `notice`
        once_kept(partial(notice, action, **detail))


def record_each(
    action: Action, happened: Sequence[tuple[UUID, UUID]], *, actor_id: UUID | None = None, **detail: Told
) -> None:
    """Tell the same of several sessions, each with the user that it belongs to."""
    rows = [
        told(action, actor_id=actor_id, **detail) | {"subject_id": user_id, "session_id": session_id}
        for user_id, session_id in happened
    ]
    if len(rows) == 1:
        _TELL.on(writer(), **rows[0])
    elif rows:
        write(sa.insert(EVENTS), rows)
    for _ in rows:
        once_kept(partial(notice, action, **detail))


def notice(action: Action, **detail: Told) -> None:
    """Let the listener know of an event that has been kept."""
    cast("Listener", current_app.extensions[EXTENSION])(action, detail)


def told(action: Action, *, actor_id: UUID | None = None, **detail: Told) -> dict[str, Any]:
    """The row of an event, but for its subject; its session is the caller's."""
    who, asked = caller_or_none(), has_request_context()
    return {
        "id": uuid7(),
        "created_at": clock.now(),
        "action": str(action),
        "actor_id": actor_id or (who.user_id if who else None),
        "session_id": who.session_id if who else None,
        "ip": client_address() if asked else None,
        "user_agent": client_agent_or_none() if asked else None,
        "request_id": request_id() or None,
        "detail": dict(detail),
    }


def telling(whom: sa.CTE, prefix: str) -> sa.Insert:
    """An INSERT of what `told` gives, its names with that prefix, for each row of `whom`, by its `user_id`."""
    given = {each.name: sa.bindparam(f"{prefix}{each.name}", type_=each.type) for each in EVENTS.columns}
    row = given | {"subject_id": whom.c.user_id}
    return sa.insert(EVENTS).from_select([*row], sa.select(*row.values()))


def history(user_id: UUID, *, limit: int, cursor: str | None) -> Page[AuditEvent]:
    """One page of what happened to this user, newest first."""
    return page(
        sa.select(AuditEvent).where(AuditEvent.subject_id == user_id), AuditEvent.id, limit=limit, cursor=cursor
    )


def found(
    *, user_id: UUID | None, action: str | None, since: datetime | None, until: datetime | None, **at: Any
) -> Page[AuditEvent]:
    """One page of what happened to or by this user, of this kind, from `since` on and before `until`, newest first."""
    wanted = [
        *([] if user_id is None else [_concerns(user_id)]),
        *([] if action is None else [AuditEvent.action == action]),
        *([] if since is None else [AuditEvent.created_at >= since]),
        *([] if until is None else [AuditEvent.created_at < until]),
    ]
    return page(sa.select(AuditEvent).where(*wanted), AuditEvent.id, **at)


def concerning(user_id: UUID) -> sa.Select[Any]:
    """What happened to or by this user, as a statement, oldest first."""
    return sa.select(EVENTS).where(_concerns(user_id)).order_by(AuditEvent.id)


def exported(*, since: datetime | None) -> Iterator[sa.Row[Any]]:
    """Everything that happened from then on, oldest first, read in small statements that hold up nobody."""
    rows = sa.select(EVENTS).order_by(AuditEvent.id).limit(CHUNK)
    if since is not None:
        rows = rows.where(AuditEvent.created_at >= since)
    chunk = read(rows)
    while chunk:
        yield from chunk
        chunk = read(rows.where(AuditEvent.id > chunk[-1].id))


def prune(*, before: datetime, batch: int) -> int:
    """Delete up to `batch` events from before that moment; say how many went.

    Unlike other pruning it locks nothing first, for which a role would need the right to UPDATE.
    """
    some = sa.select(AuditEvent.id).where(AuditEvent.created_at < before).order_by(AuditEvent.created_at).limit(batch)
    done = db.session.execute(
        sa.delete(AuditEvent).where(AuditEvent.id.in_(some)), execution_options={"synchronize_session": False}
    )
    return cast("sa.CursorResult[Any]", done).rowcount


def _concerns(user_id: UUID) -> sa.ColumnElement[bool]:
    return (AuditEvent.subject_id == user_id) | (AuditEvent.actor_id == user_id)
