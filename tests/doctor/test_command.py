"""The command: its words, its JSON, its exit code, its patience, and what it never says."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any

import pytest
from flask import Flask

from app.doctor import commands, service
from app.doctor.models import Check, Finding, Severity, note
from app.kit.database import Model, db
from tests.live.server import clean_environment, copied_checkout, run
from tests.patience import PATIENCE

KEY = "Zt8vQ2mXw5Rk1LrYc7Jd0BnHf4GsUe9PoAiT6xMq"
OLD = "nB3xV8kqW1zTt5Lr0YcJd7RfHm4GsUe9PoAi6MQ2"
HIDDEN = f"{KEY}|{OLD}|hush"
Doctor = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Doctor:
    """`flask doctor` of a migrated deployment of its own in production; gives exit code and output."""
    root = copied_checkout(tmp_path_factory.mktemp("deployment"))
    environ = clean_environment(APP_ENV="production", SECRET_KEY=KEY)
    assert run(root, environ, "flask", "db", "upgrade").returncode == 0

    def ask(*options: str, **settings: str) -> tuple[int, str]:
        done = run(root, environ | settings, "flask", "doctor", *options)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout or done.stderr

    return ask


def test_a_deployment_without_a_fatal_fault_is_told_so(deployment: Doctor) -> None:
    code, said = deployment()

    assert code == 0
    assert re.search(
        r"^warning  mail\.console +MAIL_URL is console: .*\n +why  .*\n +cure  MAIL_URL=smtp://", said, re.MULTILINE
    )
    assert re.search(r"^ok +database +The database answers\.$", said, re.MULTILINE)
    assert re.search(r"^0 fatal, [0-9]+ warning, [0-9]+ note, [0-9]+ ok$", said, re.MULTILINE)


def test_a_fatal_fault_is_exit_code_1(deployment: Doctor) -> None:
    code, said = deployment(DATABASE_URL="sqlite:///instance/other.db")

    assert code == 1
    assert said.startswith("fatal    database.absent ")


def test_parts_that_are_away_are_findings_and_no_secret_is_said(deployment: Doctor) -> None:
    code, said = deployment(
        "--json",
        SECRET_KEY_FALLBACKS=OLD,
        DATABASE_URL="postgresql://u:hush@127.0.0.1:1/d",
        REDIS_URL="redis://:hush@127.0.0.1:1",
        MAIL_URL="smtp://u:hush@127.0.0.1:1",
    )

    found = {each["id"]: each["severity"] for each in json.loads(said)["findings"]}
    assert code == 1
    assert found | {"database.away": "fatal", "redis.away": "warning", "mail.away": "warning"} == found
    assert not re.search(HIDDEN, said)


def test_json_has_every_finding_the_worst_first(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor", "--json"])

    told = json.loads(result.stdout)
    ranks = [list(Severity).index(each["severity"]) for each in told["findings"]]
    assert ranks == sorted(ranks)
    assert told["status"] == told["findings"][0]["severity"]
    assert {each.partition(".")[0] for each in (each["id"] for each in told["findings"])} == {
        each.id for each in service.CHECKS
    }
    assert all(each.keys() == {"id", "severity", "found", "reason", "cure"} for each in told["findings"])
    assert all(each["reason"] and each["cure"] for each in told["findings"] if each["severity"] != "ok")


def test_quiet_leaves_out_what_is_well(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor", "--json", "--quiet"])

    assert "ok" not in {each["severity"] for each in json.loads(result.stdout)["findings"]}


def test_the_doctor_changes_nothing(app: Flask) -> None:
    def rows() -> dict[str, Any]:
        with app.app_context(), db.engine.connect() as connection:
            return {each.name: connection.execute(each.select()).all() for each in Model.metadata.sorted_tables}

    before = rows()

    app.test_cli_runner().invoke(args=["doctor"])

    assert rows() == before


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts these checks in the place of all."""
    return lambda *checks: monkeypatch.setattr(service, "CHECKS", checks)


def test_a_check_that_breaks_is_told_without_its_words(app: Flask, checks: Callable[..., None]) -> None:
    def broken() -> Iterator[Finding]:
        yield note("first.thing", "Found.", reason="Before.", cure="None.")
        raise ZeroDivisionError("hush")

    checks(Check(id="first", ask=broken, well="It works."))

    result = app.test_cli_runner().invoke(args=["doctor", "--json"])

    assert [each["id"] for each in json.loads(result.stdout)["findings"]] == ["first.unknown", "first.thing"]
    assert (result.exit_code, "hush" in result.output) == (0, False)


@pytest.fixture
def endless() -> Iterator[Check]:
    """A check that ends with the test."""
    over = Event()

    def wait() -> Iterator[Finding]:
        over.wait()
        yield from ()

    yield Check(id="endless", ask=wait, well="It ends.")
    over.set()


def test_a_check_that_does_not_end_is_left_behind(
    app: Flask, checks: Callable[..., None], endless: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hold() -> Iterator[Finding]:
        monkeypatch.setattr(service, "CHECK_SECONDS", PATIENCE)  # for the next one, which needs hundredths
        yield from endless.ask()

    monkeypatch.setattr(service, "CHECK_SECONDS", 2)
    checks(replace(endless, ask=hold), replace(service.CHECKS[0], id="next"))

    result = app.test_cli_runner().invoke(args=["doctor", "--json"])

    told = {each["id"].partition(".")[0] for each in json.loads(result.stdout)["findings"]}
    assert "endless.unknown" in result.stdout
    assert told >= {"endless", "settings"}


def test_all_checks_together_have_an_end(
    app: Flask, checks: Callable[..., None], endless: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ALL_SECONDS", 0.2)
    checks(*[endless] * 5)
    begun = monotonic()

    found = [each.id for each in service.examine(app)]

    assert found == ["endless.unknown"] * 5
    assert monotonic() - begun < service.CHECK_SECONDS


def test_every_check_has_a_name_of_its_own_and_says_what_is_well() -> None:
    names = [each.id for each in service.CHECKS]

    assert len(set(names)) == len(names)
    assert all(each.well.endswith(".") for each in service.CHECKS)


def test_the_help_says_what_it_does() -> None:
    assert "Changes nothing" in str(commands.cli.help)
