"""python crash.py N keys ...: `flask keys ...`, killed before the Nth thing that it tells the database."""

import os
import signal
import sys
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask.cli import main

last = int(sys.argv.pop(1))
told = count(1)


def die_at_last(*_: Any) -> None:
    """Die as by kill -9."""
    if next(told) == last:
        os.kill(os.getpid(), signal.SIGKILL)


for moment in ("before_cursor_execute", "commit"):
    sa.event.listen(sa.Engine, moment, die_at_last)
main()
