"""A newcomer follows the README's recipe, and has a protected resource that passes every judge."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.readme.blocks import blocks, copy_checkout

SECTION = "Add your own protected resource"
TOUCHED = "app migrations tests/notes"
JUDGES = (
    "tests/notes/test_notes.py",
    "tests/access/test_who_may_what.py",
    "tests/test_migrations.py::test_the_migrations_end_at_the_models",
)


def recipe() -> list[str]:
    """The blocks of the section, in order."""
    return [each.text for each in blocks() if (each.section, each.language) == (SECTION, "sh")]


def run(script: str, checkout: Path) -> str:
    """What a newcomer's shell prints."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(checkout)}
    done = subprocess.run(
        ["/bin/sh", "-euc", script],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the recipe was followed."""
    copy = copy_checkout(tmp_path_factory.mktemp("checkout"))
    for script in recipe():
        run(script, copy)
    run(f".venv/bin/ruff check --fix --quiet {TOUCHED} && .venv/bin/ruff format --quiet {TOUCHED}", copy)
    return copy


def test_the_new_resource_breaks_no_rule_of_style_or_of_floors(checkout: Path) -> None:
    said = run(f".venv/bin/ruff check {TOUCHED} && .venv/bin/lint-imports --no-logo", checkout)

    assert "0 broken" in said


def test_the_new_resource_passes_every_judge(checkout: Path) -> None:
    said = run(f".venv/bin/python -m pytest -p no:cacheprovider -q -k 'not postgresql' {' '.join(JUDGES)}", checkout)

    assert " passed" in said
    assert " failed" not in said


def test_the_new_migration_is_the_next_in_line(checkout: Path) -> None:
    names = sorted(path.name for path in (checkout / "migrations" / "versions").glob("[0-9]*.py"))

    assert names[-1] == f"{len(names):04}_notes.py"
