"""Saying a statement at the driver, on a connection of SQLAlchemy's, without what SQLAlchemy does around each.

Who listens for statements hears of it, what goes wrong has SQLAlchemy's names, and a lost connection is given up.
"""

from typing import Any

import sqlalchemy as sa


def say(connection: sa.Connection, sql: str, values: Any = ()) -> list[Any]:
    """What it brings, as the driver has it. Begins no transaction; inside one it is part of that.

    Raises:
        DBAPIError: what went wrong.
    """
    cursor = None
    try:
        cursor = connection.connection.cursor()
        for hear in connection.dispatch.before_cursor_execute:
            sql, values = hear(connection, cursor, sql, values, None, False)  # noqa: FBT003  as SQLAlchemy calls them
        cursor.execute(sql, values)
        found = cursor.fetchall() if cursor.description else []
        cursor.close()
    except BaseException as error:  # noqa: BLE001  it is raised again
        connection._handle_dbapi_exception(error, None, None, cursor, None)  # noqa: SLF001  else it would be written twice
    return list(found)
