"""The date of an answer."""

from email.utils import formatdate

import pytest

from serving import dates

MOMENT = 1_795_000_000


def test_it_is_what_gunicorn_would_say() -> None:
    assert dates.http_date(MOMENT + 0.9) == formatdate(MOMENT, usegmt=True)


def test_it_moves_with_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    for moment in (MOMENT, MOMENT + 0.5, MOMENT + 1):
        monkeypatch.setattr(dates, "time", lambda moment=moment: moment)
        said.append(dates.http_date())

    assert said[0] == said[1] != said[2]
    assert said[2] == formatdate(MOMENT + 1, usegmt=True)
