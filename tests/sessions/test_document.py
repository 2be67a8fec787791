"""docs/sessions.md: every reason for which a session ends."""

import re

from app.sessions.models import Reason
from tests.house.source import ROOT

DOCUMENT = (ROOT / "docs" / "sessions.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<reason>[a-z_]+)` \| ", re.MULTILINE)


def test_the_document_lists_every_reason_and_no_other() -> None:
    listed = [each["reason"] for each in ROW.finditer(DOCUMENT)]

    assert [each for each in listed if each != "reason"] == [str(reason) for reason in Reason]
