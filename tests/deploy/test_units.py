"""The units of systemd are sound and shut in; the container files keep what they promise."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import SECRET
from tests.deploy.nginx import CONFIG
from tests.live.server import CHECKOUT, copied_checkout, run
from tests.services import lacking

DEPLOY = CHECKOUT / "deploy"
UNITS = sorted(each.name for each in DEPLOY.glob("latchkey*"))
SERVICES = [each for each in UNITS if each.endswith(".service")]
EXPOSED = 15  # tenths, of 100


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, leading to this checkout instead of an installed one."""
    if shutil.which("systemd-analyze") is None:
        lacking("systemd-analyze is not installed; on Debian: apt install systemd")
    for each in UNITS:
        text = (DEPLOY / each).read_text().replace("/opt/latchkey/current", str(CHECKOUT))
        (tmp_path / each).write_text(text)
    return tmp_path


def analyzed(units: Path, *arguments: str) -> tuple[int, str]:
    """What systemd-analyze says: its exit code, and its words."""
    done = subprocess.run(
        ["systemd-analyze", *arguments],
        env={"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    assert analyzed(units, "verify", *(str(units / each) for each in UNITS)) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_shut_in(units: Path, service: str) -> None:
    code, said = analyzed(units, "security", "--offline=true", f"--threshold={EXPOSED}", str(units / service))

    assert code == 0, said


@pytest.mark.parametrize(("secret", "answer"), [(SECRET, (0, False)), ("short", (1, True))])
def test_a_reload_asks_first_whether_the_settings_will_do(
    tmp_path: Path, secret: str, answer: tuple[int, bool]
) -> None:
    judge, hup = re.findall(r"^ExecReload=(.+)$", (DEPLOY / "latchkey.service").read_text(), re.MULTILINE)
    _, *arguments = judge.split()

    done = run(copied_checkout(tmp_path), {"APP_ENV": "production", "SECRET_KEY": secret}, "python", *arguments)

    assert hup == "/bin/kill -HUP $MAINPID"
    assert (done.returncode, "SECRET_KEY" in done.stderr) == answer


def test_the_service_may_choose_its_processors(units: Path) -> None:
    lines = (units / "latchkey.service").read_text().splitlines()
    filters = [line.removeprefix("SystemCallFilter=") for line in lines if line.startswith("SystemCallFilter=")]
    deny = "~@privileged @resources"

    assert "sched_setaffinity" in analyzed(units, "syscall-filter", "@resources")[1]
    assert filters.index(deny) < filters.index("sched_setaffinity"), "systemd goes by what comes later"


def test_every_container_of_ours_is_nobody_who_can_write_nothing() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = {name: each for name, each in services.items() if name != "postgres"}

    assert {name for name, each in ours.items() if not each["read_only"] or each["cap_drop"] != ["ALL"]} == set()
    assert {name for name, each in ours.items() if not re.match(r"[1-9]", each.get("user", "0"))} == {"nginx"}
    assert [name for name, each in services.items() if "no-new-privileges:true" not in each["security_opt"]] == []
    assert [name for name, each in services.items() if each.get("ports")] == ["nginx"]


def test_what_compose_changes_in_the_configuration_of_nginx_is_there(tmp_path: Path) -> None:
    script = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["nginx"]["command"][-1]
    here = script.replace("/latchkey.conf >", f"{CONFIG} >").replace("/etc/nginx/conf.d", str(tmp_path))
    changed = here.replace("$$", "$").partition("exec nginx")[0]

    subprocess.run(["sh", "-euc", changed], check=True, env={"SERVER_NAME": "a.example", "PATH": "/usr/bin:/bin"})

    text = (tmp_path / "latchkey.conf").read_text()
    assert re.findall(r"auth\.example\.com|127\.0\.0\.1|/var/log", text) == []
    assert text.count("server_name a.example;") == 2
    assert "server latchkey:8000 " in text


def test_only_locked_packages_get_into_the_image() -> None:
    text = (DEPLOY / "Dockerfile").read_text()

    assert re.findall(r"pip install (.*) .$", text, re.MULTILINE) == [
        "--no-cache-dir --require-hashes --requirement requirements/run.txt"
    ]
    assert text.index("\nUSER 10001:10001\n") > text.rindex("\nFROM ")
