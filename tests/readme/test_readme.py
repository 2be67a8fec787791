import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.sockets import free_port
from tests.readme.blocks import block, blocks, copy_checkout, shell_server

SERVES = {"Run it", "In production"}
RUN_BY_OTHERS = {"Develop", "Add your own protected resource"}
SAYS = {
    "A session by cookie": [
        '"name":"Ada"',
        '"title":"Water the plants"',
        '"refresh_expires_in":',
        '"reason": "logout"',
    ],
    "A session by bearer": ['"email":"bot@example.com"', '"title":"Count the boats"', '"reason": "logout"'],
    "Mails": ["A mail to ada@example.com has left."],
    "Make an admin": ["-"],
    "Look after people": ['"email": "first@example.com"', '"action": "user.registered"'],
    "Keys that rotate": ["active"],
}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A copy of the project that serves on a port of its own."""

    path: Path
    port: int

    @property
    def environ(self) -> dict[str, str]:
        """What a person's shell has, and the port."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.path), "PORT": str(self.port)}

    def run(self, script: str, *, shell: tuple[str, ...] = ("sh", "-euc")) -> str:
        """Run a block as it stands, but for the port; give what it printed."""
        script = script.replace("localhost:8000", f"localhost:{self.port}")
        done = subprocess.run(
            [*shell, script], cwd=self.path, env=self.environ, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The project as `make run` serves it from a fresh checkout."""
    made = Checkout(copy_checkout(tmp_path_factory.mktemp("checkout")), free_port())
    with shell_server(block("Run it"), made.path, made.environ):
        yield made


@pytest.mark.parametrize("section", SAYS)
def test_a_block_of_the_readme_does_what_it_says(checkout: Checkout, section: str) -> None:
    if section in {"Make an admin", "Look after people"}:
        checkout.run(block("A session by cookie").split("curl -sS -c")[0].replace("ada@", "first@"))
        script = block(section).replace("ada@", "first@")
    else:
        script = block(section)

    said = checkout.run(script)

    for expected in SAYS[section]:
        assert expected in said
    assert '"status": 5' not in said


def test_every_shell_block_of_the_readme_is_run_by_a_test() -> None:
    sections = {each.section for each in blocks() if each.language == "sh"}

    assert sections == SERVES | RUN_BY_OTHERS | SAYS.keys()


def test_the_lines_of_fetch_refresh_by_themselves(checkout: Checkout) -> None:
    page = (Path(__file__).parent / "page.mjs").read_text().replace("//README//", block(PAGE, "js"))

    said = checkout.run(page, shell=("node", "--input-type=module", "-e"))

    assert said.split() == ["tasks", "0", "refreshed", "1", "left", "credentials_missing"]


PAGE = "From your page, in ten lines of fetch"


def test_the_production_lines_serve(tmp_path: Path) -> None:
    made = Checkout(copy_checkout(tmp_path), free_port())

    with shell_server(block("In production"), made.path, made.environ):
        said = made.run("curl -sS http://localhost:8000/readyz")

    assert '"status":"ok"' in said
