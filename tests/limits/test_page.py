"""docs/limits.md says what the code does."""

import re
from datetime import timedelta

from app.kit.limits import Limit
from app.users.guessing import WINDOWS_A_DAY
from environment import Rate
from tests.conftest import SECRET, Read
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| `(?P<name>[A-Z]+)_LIMIT` \| `(?P<amount>\d+)/(?P<unit>[a-z]+)` \|")
WINDOWS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


def said() -> dict[str, Rate]:
    """The default of each limit, as the page has it."""
    return {row["name"].lower(): Rate(int(row["amount"]), WINDOWS[row["unit"]]) for row in ROW.finditer(PAGE)}


def test_it_lists_every_limit_with_its_default(read: Read) -> None:
    config = read(SECRET_KEY=SECRET)

    assert said() == {str(each): getattr(config, f"{each}_limit") for each in Limit}


def test_it_says_how_many_guesses_a_day_has(read: Read) -> None:
    config = read(SECRET_KEY=SECRET)

    assert f"{WINDOWS_A_DAY} x the amount" in " ".join(PAGE.split())
    assert f"{WINDOWS_A_DAY * config.login_limit.amount} by default" in PAGE
