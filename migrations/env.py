"""How `flask db` runs migrations: inside the application, on the engine that it serves with."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.script import ScriptDirectory
from flask import current_app

engine = current_app.extensions["migrate"].db.engine
if engine.dialect.name != "sqlite":
    # Without the time limits of a request: an index may take its time.
    engine = sa.create_engine(engine.url, poolclass=sa.NullPool)
metadata = current_app.extensions["migrate"].db.metadata


def run_offline() -> None:
    """Write the SQL out instead of running it."""
    context.configure(url=engine.url, target_metadata=metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the migrations in one transaction."""
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            process_revision_directives=number,
            render_item=render,
        )
        with context.begin_transaction():
            context.run_migrations()


def number(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Give a new migration the next number; make none where the models say nothing new."""
    (script,) = directives
    if getattr(context.config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives.clear()
    newest = ScriptDirectory.from_config(context.config).get_current_head() or "0"
    script.rev_id = f"{int(newest) + 1:04}"


def render(kind: str, item: Any, _context: Any) -> Any:
    """Write our own types as what they are in the database: a migration must not change with the code."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, sa.TypeDecorator) else False


if context.is_offline_mode():
    run_offline()
else:
    run_online()
