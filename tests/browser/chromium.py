"""Chromium and npm: where they are, and what to say if they are not."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.patience import PATIENCE
from tests.services import lacking

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL_SECONDS = 180
TRIES = 3


@contextmanager
def launched(*further: str) -> Iterator[Browser]:
    """The Chromium of this machine, without a window, with these further arguments, until the block ends."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        lacking("Chromium is not installed; on Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", *further], timeout=PATIENCE * 1000
        )
        try:
            yield browser
        finally:
            browser.close()


def npm_packages(folder: Path, *names: str, keep: str = '{"private": true, "type": "module"}') -> Path:
    """The folder, with these packages of npm installed in it (by whichever comes first), and what `keep` asks."""
    if not shutil.which("node") or not shutil.which("npm"):
        lacking("Node and npm are not installed; on Debian: apt install nodejs npm")
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            (folder / "package.json").write_text(keep)
            command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *names]
            said = [(done := run(folder, command)).stderr]
            while done.returncode != 0 and len(said) < TRIES:
                said.append((done := run(folder, command)).stderr)
            if done.returncode != 0:
                lacking(f"npm could not install {', '.join(names)}; is there a network? {said[-1]}")
            (folder / "installed").touch()
    return folder


def run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command there to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        stdin=subprocess.DEVNULL,
    )
