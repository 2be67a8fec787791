"""A row counts only if the work is done and what was revoked is refused: shown against servers that do not."""

import pytest

from bench.runs import broken
from bench.works import Work
from tests.bench.gullible import Gullible, Strict, serving


@pytest.mark.parametrize("work", [*Work])
def test_who_takes_what_was_revoked_has_no_row(work: Work) -> None:
    with serving(Gullible) as server:
        fault = broken(server, work)

    assert fault.startswith("Broken: ")


@pytest.mark.parametrize("work", [Work.ME, Work.TASKS, Work.LOGIN, Work.LOGOUT])
def test_who_refuses_it_has_one(work: Work) -> None:
    with serving(Strict) as server:
        fault = broken(server, work)

    assert fault == ""
