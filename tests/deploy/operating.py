"""docs/operations.md in somebody's hands: its blocks, run in a checkout with the settings of the service."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.server import DEFAULTS, clean_environment, copied_checkout
from tests.readme.blocks import ROOT, Block, blocks
from tests.services import lacking

PAGE = "docs/operations.md"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Machine:
    """A checkout, and the database that its service has."""

    checkout: Path
    database_url: str

    @property
    def settings(self) -> dict[str, str]:
        """What the service has set."""
        return DEFAULTS | {"DATABASE_URL": self.database_url}

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.database_url.startswith("sqlite")

    def do(self, section: str, *, having: str = "", **changes: str) -> str:
        """Run the one block of a section, or the one that has this in it, as it stands; give what it printed."""
        (script,) = (each.text for each in shell_blocks() if each.section == section and having in each.text)
        return self.run(script, **changes)

    def run(self, script: str, **changes: str) -> str:
        """Run a script there."""
        if "pg_dump" in script and shutil.which("pg_dump") is None:
            lacking("pg_dump is not installed; on Debian: apt install postgresql-client")
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=self.checkout,
            env=clean_environment(**(self.settings | changes)),
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def shell_blocks() -> list[Block]:
    """What the page promises to be runnable."""
    return [each for each in blocks(PAGE) if each.language == "sh"]


def settled(folder: Path, database_url: str) -> Machine:
    """A checkout in this folder, with its environment."""
    copied_checkout(folder)
    (folder / "instance").mkdir(mode=0o700)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return Machine(folder, database_url)
