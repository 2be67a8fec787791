"""The secret that a checkout in development makes for itself and keeps."""

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from config import RefusedSetting
from tests.conftest import Read
from tests.patience import PATIENCE

CHECKOUT = Path(__file__).resolve().parent.parent
KEY = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"
RACER = """
import sys, pathlib, config
print("ready", flush=True), sys.stdin.read()
print(*(config.Config.from_environ(pathlib.Path(root)).secret_key for root in sys.argv[1:]))
"""


def test_development_makes_a_secret_once(read: Read, tmp_path: Path) -> None:
    made = read(APP_ENV="development").secret_key

    assert (len(made), read(SECRET_KEY="").secret_key) == (64, made)
    assert [each.name for each in (tmp_path / "instance").iterdir()] == ["secret_key"]


def test_the_instance_is_private_whatever_happened(read: Read, tmp_path: Path) -> None:
    read(SECRET_KEY=KEY, DATABASE_URL="sqlite:///instance/deep/own.db")
    read(APP_ENV="development", SECRET_KEY="")
    (tmp_path / "instance/secret_key").chmod(0o644)

    read()

    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.rglob("*")}
    assert modes == {"instance": 0o700, "deep": 0o700, "secret_key": 0o600}


@pytest.mark.parametrize("kept", [b"", b"short", b"\xff" * 40])
def test_a_kept_secret_that_is_none_is_refused(read: Read, tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance/secret_key").write_bytes(kept)

    with pytest.raises(RefusedSetting, match=r"^SECRET_KEY: instance/secret_key is unusable"):
        read(APP_ENV="development")


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACER, *(f"{tmp_path}/{each}" for each in range(20))]
    env = {"APP_ENV": "development", "PYTHONPATH": str(CHECKOUT), "DATABASE_URL": "sqlite:////db"}
    gate, opener = os.pipe()
    racers = [Popen(command, env=env, stdin=gate, stdout=PIPE) for _ in range(8)]
    os.close(gate)
    assert [racer.stdout.readline() for racer in racers if racer.stdout] == [b"ready\n"] * 8

    os.close(opener)
    answers = {racer.communicate(timeout=5 * PATIENCE)[0] for racer in racers}

    assert [len(set(answer.split())) for answer in answers] == [20]
