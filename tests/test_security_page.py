"""docs/security.md: the tests it names exist, and its tables list what there is."""

import re

from app.kit.database import Model
from tests.house.source import ROOT, sources

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CRYPTOGRAPHY = re.compile(r"^(?:import|from) (?:hashlib|hmac|cryptography|jwt|bcrypt|secrets|ssl)\b", re.MULTILINE)


def section(title: str) -> str:
    """The text under a heading."""
    return PAGE.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[str]:
    """The rows of the tables under a heading, without their heads."""
    return [line for line in section(title).splitlines() if line.startswith("| ") and not line.startswith("|--")]


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)

    there = {(each.name, function.name) for each in sources("tests") for function in each.functions}
    assert set(named) - there == set()
    assert len(named) >= 40


def test_every_promise_names_its_test() -> None:
    _, *promises = rows("What is promised, and where it is shown")

    assert [row for row in promises if "::test_" not in row] == []


def test_every_file_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`((?:app|tests)/[\w/]+\.py|[a-z]+\.py)[`:]", PAGE)) | {
        f"docs/{each}" for each in re.findall(r"\]\((\w+\.md)\)", PAGE)
    }

    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []


def test_every_file_that_does_cryptography_is_in_the_inventory() -> None:
    house = sources("app", *(each.name for each in ROOT.glob("*.py")))

    listed = set(re.findall(r"`([\w/]+\.py)`", section("Cryptography")))
    assert {each.name for each in house if CRYPTOGRAPHY.search(each.text)} == listed


def test_every_table_is_classified() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section("Data"), re.MULTILINE)

    assert sorted(listed) == sorted(Model.metadata.tables)
