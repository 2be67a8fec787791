"""What the contenders run on: virtual environments of their own under bench/build, made once."""

import subprocess
import sys
from pathlib import Path

from bench.contenders import ROOT

BUILD = ROOT / "bench" / "build"
PYTHON = {
    "latchkey": ("--require-hashes", "-r", "requirements/run.txt"),
    "flask": ("-r", "bench/peers/flask.txt"),
}


class BuildFailed(RuntimeError):
    """Something could not be installed."""


def binaries(name: str) -> Path:
    """Where the commands of a build are."""
    return BUILD / name / "bin"


def ensure(name: str) -> None:
    """Make the build unless it stands and what it is made from has not changed since.

    Raises:
        BuildFailed: pip could not.
    """
    made_from = [ROOT / each for each in PYTHON[name] if each.endswith(".txt")]
    wanted = "\n".join(each.read_text(encoding="utf-8") for each in made_from)
    stamp = BUILD / name / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"building {name} ...", flush=True)
    _run(sys.executable, "-m", "venv", "--clear", str(BUILD / name))
    _run(str(binaries(name) / "pip"), "install", "-qq", "--disable-pip-version-check", *PYTHON[name])
    stamp.write_text(wanted, encoding="utf-8")


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BuildFailed(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
