"""A real server, for what only sockets can tell."""

from collections.abc import Iterator

import pytest

from tests.live.server import Server, serve


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker on a database that nobody has made; its end shows whether it printed a traceback."""
    path = tmp_path_factory.mktemp("served") / "latchkey.db"
    with serve(f"sqlite:///{path}", workers=1, threads=4, migrate=False) as running:
        yield running
