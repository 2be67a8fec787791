"""The real parts that tests need: where they are, and what to say if they are not."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def require(url: str, *, cure: str) -> None:
    """Skip where nobody answers at the URL's host and port; in CI fail instead."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=10).close()
    except OSError as refusal:
        lacking(f"{parts.scheme} does not answer on {parts.hostname}:{parts.port} ({refusal}); {cure}")


def lacking(what: str) -> NoReturn:
    """Skip for want of something; in CI fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """A new empty PostgreSQL database of this name; gives its URL and drops it afterwards."""
    require(
        POSTGRES,
        cure="start PostgreSQL, or set TEST_POSTGRES_URL to a role that may create databases",
    )
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
