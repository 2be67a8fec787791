"""The schema's history: numbered, one line, up and down on both databases, and in the end exactly the models."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, migrate, revision, upgrade

from app.kit.database import Model, db, read, transaction
from app.kit.migrations import DIRECTORY, revisions
from app.users import service as users
from app.users.models import User
from app.users.roles import Role
from config import Config
from tests.cast import PASSWORD
from tests.health.scratch import scratch_application

DEAD_WEIGHT = {"alembic", "flask_migrate", "mako", "zxcvbn", "psycopg", "redis"}
VERSION_TABLE = "alembic_version"
BROKEN = '''
"""A migration that breaks in the middle."""
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9999", {newest!r}
def upgrade():
    op.create_table("halfway", sa.Column("id", sa.Integer(), primary_key=True))
    raise LookupError("in the middle")
'''


def history() -> list[Script]:
    """Every migration, the oldest first."""
    return list(ScriptDirectory(str(DIRECTORY)).walk_revisions())[::-1]


REVISIONS = [each.revision for each in history()]


def test_the_code_knows_the_migrations_that_alembic_knows() -> None:
    assert list(revisions()) == REVISIONS


def test_a_worker_carries_nothing_that_only_others_need(tmp_path: Path) -> None:
    said = f"import sys, wsgi; print(sorted({DEAD_WEIGHT} & sys.modules.keys()))"
    environ = {"APP_ENV": "development", "SECRET_KEY": "x1" * 20, "DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, env=environ, check=True)

    assert done.stdout == "[]\n"


@pytest.fixture
def scratch(config: Config, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database of each kind, in its context."""
    with scratch_application(config, tmp_path) as app, app.app_context():
        yield app


def schema() -> dict[str, Any]:
    """What the database says of its tables: columns, keys, constraints and indexes, with their names."""
    inspector = sa.inspect(db.engine)
    tables = set(inspector.get_table_names()) - {VERSION_TABLE}
    return {table: _described(inspector, table) for table in tables}


def _described(inspector: sa.Inspector, table: str) -> list[str]:
    columns = [(each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)]
    constraints: list[Any] = [inspector.get_pk_constraint(table)]
    constraints += inspector.get_foreign_keys(table) + inspector.get_unique_constraints(table)
    constraints += inspector.get_check_constraints(table)
    indexes = [{**each, "dialect_options": _text(each)} for each in inspector.get_indexes(table)]
    return sorted(map(repr, [*columns, *constraints, *indexes]))


def _text(index: Any) -> dict[str, str]:
    """The index's options as text: a clause compares by identity."""
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def test_migrations_are_numbered_in_one_line() -> None:
    scripts = history()

    assert [f"{number:04}" for number in range(1, len(scripts) + 1)] == REVISIONS
    assert [each.down_revision for each in scripts] == [None, *REVISIONS[:-1]]
    assert all(Path(each.path).name.startswith(f"{each.revision}_") for each in scripts)


def test_every_migration_says_what_it_brings() -> None:
    assert [each.revision for each in history() if not each.doc.endswith(".")] == []


def test_the_migrations_end_at_the_models(scratch: Flask) -> None:
    upgrade()

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []
    assert scratch.test_cli_runner().invoke(args=["db", "check"]).exit_code == 0


@pytest.mark.usefixtures("scratch")
def test_the_models_themselves_make_the_same_schema() -> None:
    upgrade()
    migrated = schema()
    downgrade(revision="base")

    Model.metadata.create_all(db.engine)

    assert schema() == migrated


@pytest.mark.usefixtures("scratch")
def test_the_way_down_leaves_nothing() -> None:
    upgrade()

    downgrade(revision="base")

    assert schema() == {}


@pytest.mark.usefixtures("scratch")
def test_each_step_down_undoes_its_step_up() -> None:
    on_the_way_up = [schema()]
    for each in REVISIONS:
        upgrade(revision=each)
        on_the_way_up.append(schema())

    on_the_way_down = [schema()]
    for _ in REVISIONS:
        downgrade(revision="-1")
        on_the_way_down.append(schema())

    assert on_the_way_down == on_the_way_up[::-1]


@pytest.mark.usefixtures("scratch")
def test_accounts_survive_all_later_migrations_in_both_directions() -> None:
    upgrade()
    with transaction():
        user_id = users.add("ada@example.com", PASSWORD, name="Ada", roles=[Role.USER], verified=True)

    downgrade(revision=REVISIONS[0])
    upgrade()

    rows = read(sa.select(User.id, User.email, User.name))
    assert [tuple(row) for row in rows] == [(user_id, "ada@example.com", "Ada")]


@pytest.mark.usefixtures("scratch")
def test_a_migration_that_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    upgrade()
    before, directory = schema(), tmp_path / "migrations"
    shutil.copytree(DIRECTORY, directory)
    (directory / "versions" / "9999_broken.py").write_text(BROKEN.format(newest=REVISIONS[-1]))

    with pytest.raises(LookupError, match="in the middle"):
        upgrade(directory=str(directory))

    assert schema() == before
    assert [row.version_num for row in read(sa.text("SELECT version_num FROM alembic_version"))] == REVISIONS[-1:]


@pytest.mark.usefixtures("scratch")
def test_a_new_migration_gets_the_next_number(tmp_path: Path) -> None:
    upgrade()
    directory = tmp_path / "migrations"
    shutil.copytree(DIRECTORY, directory)

    revision(directory=str(directory), message="Something by hand")

    number = f"{len(REVISIONS) + 1:04}"
    (made,) = (directory / "versions").glob(f"{number}*.py")
    script = ScriptDirectory(str(directory)).get_revision(number)
    assert (made.name, script.down_revision) == (f"{number}_something_by_hand.py", REVISIONS[-1])


@pytest.mark.usefixtures("scratch")
def test_models_that_say_nothing_new_make_no_migration(tmp_path: Path) -> None:
    upgrade()
    directory = tmp_path / "migrations"
    shutil.copytree(DIRECTORY, directory)

    migrate(directory=str(directory), message="Nothing")

    assert ScriptDirectory(str(directory)).get_heads() == REVISIONS[-1:]
