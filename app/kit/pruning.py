"""What expired goes with what is written beside it; where much is written, one write of a few does it for all."""

from itertools import count

from flask import Flask, current_app

from config import Config

AT_A_WRITE = 20
WRITES = 8
EXTENSION = "latchkey-pruning"


def init_app(app: Flask, _config: Config) -> None:
    """Count what this process writes."""
    app.extensions[EXTENSION] = {}


def due(table: str) -> int:
    """How many rows this write should prune of the table: none, but at one of `WRITES` as many as they all should."""
    turns = current_app.extensions[EXTENSION].setdefault(table, count(1))
    return 0 if next(turns) % WRITES else AT_A_WRITE * WRITES
