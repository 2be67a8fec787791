"""What the contenders run on: virtual environments and node_modules of their own under bench/build, made once."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from bench.contenders import PEERS, ROOT

BUILD = ROOT / "bench" / "build"
PYTHON = {
    "latchkey": (("--require-hashes", "-r", "requirements/run.txt"), ("-r", "bench/peers/granian.txt")),
    "flask": (("-r", "bench/peers/flask.txt"),),
    "django": (("-r", "bench/peers/django.txt"),),
}
NODE = {"express": PEERS / "express" / "package.json"}


SHOWN = (
    "flask", "flask-jwt-extended", "flask-httpauth", "pyjwt", "sqlalchemy", "psycopg", "bcrypt", "django",
    "djangorestframework", "djangorestframework-simplejwt", "djangorestframework_simplejwt", "gunicorn", "granian",
)  # fmt: skip


class BuildFailed(RuntimeError):
    """Something could not be installed."""


def ensured(name: str) -> dict[str, str]:
    """Make the build unless it stands and what it is made from has not changed since; say what is in it.

    Raises:
        BuildFailed: pip or npm could not.
    """
    _ensure(name)
    if name in NODE:
        packages = json.loads(NODE[name].read_text(encoding="utf-8"))["dependencies"]
        node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
        return {name: ", ".join([f"node {node}", *(f"{each} {version}" for each, version in packages.items())])}
    site = next((BUILD / name / "lib").glob("*/site-packages"))
    found = {each.name.lower(): each.version for each in distributions(path=[str(site)])}
    return {name: ", ".join(f"{each} {found[each]}" for each in SHOWN if each in found)}


def _ensure(name: str) -> None:
    folder = BUILD / name
    made_from = [NODE[name]] if name in NODE else [ROOT / step[-1] for step in PYTHON[name]]
    wanted = "\n".join(each.read_text(encoding="utf-8") for each in made_from)
    stamp = folder / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"building {name} ...", flush=True)
    if name in NODE:
        _build_node(folder, NODE[name])
    else:
        _build_python(folder, PYTHON[name])
    stamp.write_text(wanted, encoding="utf-8")


def _build_python(folder: Path, steps: tuple[tuple[str, ...], ...]) -> None:
    _run(ROOT, sys.executable, "-m", "venv", "--clear", str(folder))
    for step in steps:
        _run(ROOT, str(folder / "bin" / "pip"), "install", "-qq", "--disable-pip-version-check", *step)


def _build_node(folder: Path, package: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy2(package, folder)
    _run(folder, "npm", "install", "--no-audit", "--no-fund", "--loglevel", "error")


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BuildFailed(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
