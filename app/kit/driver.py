"""Saying a statement at the driver, on a connection of SQLAlchemy's, without what SQLAlchemy does around each.

Who listens for statements hears of it, what goes wrong has SQLAlchemy's names, and a lost connection is given up.
"""

from collections.abc import MutableMapping
from typing import Any

import sqlalchemy as sa

Info = MutableMapping[Any, Any]  # of SQLAlchemy: what is known about a connection, as long as it lives


def cursor_of(connection: Any, info: Info, sql: str) -> Any:
    """The cursor that the driver's connection keeps for this statement: what it learns of its types, it learns once."""
    cursor = info.get(sql)
    if cursor is None:
        cursor = info[sql] = connection.cursor()
    return cursor


def say(connection: sa.Connection, sql: str, values: Any = ()) -> list[Any]:
    """What it brings, as the driver has it. Begins no transaction; inside one it is part of that.

    Raises:
        DBAPIError: what went wrong.
    """
    cursor, said = None, sql
    try:
        cursor = cursor_of(connection.connection, connection.info, sql)
        for hear in connection.dispatch.before_cursor_execute:
            said, values = hear(connection, cursor, said, values, None, False)  # noqa: FBT003  as SQLAlchemy calls them
        cursor.execute(said, values)
        found = cursor.fetchall() if cursor.description else []
    except BaseException as error:  # noqa: BLE001  it is raised again
        if cursor is not None:
            connection.info.pop(sql)
        connection._handle_dbapi_exception(error, None, None, cursor, None)  # noqa: SLF001  else it would be written twice
    return list(found)
