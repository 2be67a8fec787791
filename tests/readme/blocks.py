"""The fenced blocks of the README and of other pages, and a checkout to run them in."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, and the section it stands in."""

    section: str
    language: str
    text: str


def blocks(page: str = "README.md") -> list[Block]:
    """Every fenced block of a page that names its language, in order; taken out of a list where it stands in one."""
    found = []
    for section in re.split(r"^## ", (ROOT / page).read_text(), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        found += [Block(title, each["language"], dedent(each["text"])) for each in FENCE.finditer(body)]
    return found


def block(section: str, language: str = "sh") -> str:
    """The one block of this language in a section."""
    (text,) = (each.text for each in blocks() if each.section == section and each.language == language)
    return text


def copy_checkout(target: Path) -> Path:
    """A copy of what git would clone, with the environment that is built already."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / ".venv").symlink_to(ROOT / ".venv")
    return target


@contextmanager
def shell_server(script: str, checkout: Path, environ: dict[str, str]) -> Iterator[None]:
    """Run a block that serves until it is stopped; ready when it answers."""
    with (checkout / "server.log").open("w") as log:
        server = subprocess.Popen(
            ["sh", "-euc", script], cwd=checkout, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await_answer(f"http://127.0.0.1:{environ['PORT']}/livez", server, checkout / "server.log")
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=40)


def _await_answer(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(url, timeout=5).close()
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        else:
            return
