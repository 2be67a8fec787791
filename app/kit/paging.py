"""Lists in pages: newest first, by the time-ordered id, with an opaque cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import InstrumentedAttribute

from app.kit.database import Record, db
from app.kit.prepared import Prepared
from app.kit.problems import MalformedRequest
from app.kit.schemas import Schema, Secret, WholeNumber

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
BEYOND = UUID(int=2**128 - 1)  # after every id

T = TypeVar("T")
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and where the rest begins (`None`: nowhere)."""

    items: Sequence[T]
    next_cursor: str | None


class PageQuery(Schema):
    """`?limit=&cursor=`."""

    limit = WholeNumber(least=1, most=MAX_LIMIT, load_default=DEFAULT_LIMIT)
    cursor = Secret(load_default=None)  # any text, so that a bad one is always 400


def page(rows: sa.Select[R], by: InstrumentedAttribute[UUID], *, limit: int, cursor: str | None) -> Page[R]:
    """One page of the rows, newest first.

    Raises:
        MalformedRequest: a cursor that is not one of ours.
    """
    return page_as(lambda row: row[0], rows, by, limit=limit, cursor=cursor)


def page_as(
    shape: Callable[[sa.Row[Any]], T],
    rows: sa.Select[Any],
    by: InstrumentedAttribute[UUID],
    *,
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """One page of what `shape` makes of the rows, newest first.

    Raises:
        MalformedRequest: a cursor that is not one of ours.
    """
    if cursor is not None:
        rows = rows.where(by < _open(cursor))
    found = db.session.execute(rows.order_by(by.desc()).limit(limit + 1).add_columns(by)).all()
    more = len(found) > limit
    return Page([shape(row) for row in found[:limit]], _close(found[limit - 1][-1]) if more else None)


def prepared(rows: sa.Select[*tuple[Any, ...]], by: InstrumentedAttribute[UUID]) -> Prepared:
    """The rows, newest first, as `page_of` asks for them: for the lists that are asked for most."""
    before, size = sa.bindparam("before", type_=sa.Uuid()), sa.bindparam("size", type_=sa.Integer())
    return Prepared(rows.where(by < before).order_by(by.desc()).limit(size))


def page_of(rows: Prepared, *, limit: int, cursor: str | None, **values: Any) -> Page[Any]:
    """One page of `prepared` rows, which have an `id` as it is shown.

    Raises:
        MalformedRequest: a cursor that is not one of ours.
    """
    found = rows.rows(before=BEYOND if cursor is None else _open(cursor), size=limit + 1, **values)
    more = len(found) > limit
    return Page(found[:limit], _close(UUID(found[limit - 1].id)) if more else None)


def with_link(answer: Page[T]) -> tuple[Page[T], dict[str, str]]:
    """The page and the `Link` header (RFC 8288) that leads to the next."""
    if answer.next_cursor is None:
        return answer, {}
    query: dict[str, Any] = {**request.args, "cursor": answer.next_cursor}
    return answer, {"Link": f'<{request.path}?{urlencode(query)}>; rel="next"'}


def _close(last: UUID) -> str:
    return urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def _open(cursor: str) -> UUID:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
        last = UUID(bytes=raw)
    except ValueError:
        raise MalformedRequest("The cursor is not one of ours.") from None
    if _close(last) != cursor:
        raise MalformedRequest("The cursor is not one of ours.")
    return last
