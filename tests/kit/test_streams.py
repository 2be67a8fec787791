"""Lines that nobody reads: they are lost, and nobody waits for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

import pytest
from sqlalchemy.exc import OperationalError

from app.kit.streams import LOST, STDERR, STDOUT, Lines
from tests.cast import Service, code
from tests.conftest import MakeApp
from tests.kit.faults import failing

ROOM = 65536  # of a pipe on Linux
LINE = "a line of this many characters" * 100
MANY = 3 * ROOM // len(LINE)


@dataclass(frozen=True, slots=True)
class Pipe:
    """A standard output, and where it is read."""

    read: int

    def drained(self) -> list[str]:
        """What is in it by now."""
        return os.read(self.read, 2 * ROOM).decode().splitlines()


@contextmanager
def piped() -> Iterator[Pipe]:
    """A standard output that is a pipe, until the block ends."""
    read, written = os.pipe()
    with os.fdopen(written, "w") as stream, redirect_stdout(stream):
        yield Pipe(read)
    os.close(read)


def test_a_reader_that_stands_still_holds_nobody_up() -> None:
    with piped() as pipe:
        lines = Lines("stdout")

        for _ in range(MANY):
            lines.write(LINE)

        kept = pipe.drained()
    assert set(kept) == {LINE}
    assert len(kept) < MANY


def test_a_reader_that_comes_back_gets_whole_lines() -> None:
    with piped() as pipe:
        lines = Lines("stdout")
        for _ in range(MANY):
            lines.write(LINE)
        pipe.drained()

        lines.write("again")
        lines.write("and again")

        assert pipe.drained() == ["again", "and again"]


@pytest.mark.parametrize("lines", [STDOUT, STDERR])
def test_a_reader_that_is_gone_fails_nobody(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Gone())
    monkeypatch.setattr("sys.stderr", Gone())
    lost: list[str] = []
    monkeypatch.setattr(LOST, "count", lost.append)

    lines.write("to nobody")

    assert len(lost) == 1


def test_what_is_wrong_is_answered_also_when_it_cannot_be_logged(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", Gone())
    robot = Service(make_app(log_level="info"), "robot@example.com").register().log_in()

    with failing(robot.app, "checkout", OperationalError("", {}, Exception())):
        assert code(robot.get("/me")) == (503, "unavailable")


class Gone:
    """A stream whose reader is gone."""

    def write(self, _text: str) -> None:
        """Say so."""
        raise BrokenPipeError

    def flush(self) -> None:
        """Say so."""
        raise BrokenPipeError
