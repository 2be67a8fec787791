"""bcrypt alone: one password checked at cost 12, and nothing else. No login can be faster on the same server."""

import os

import bcrypt

PASSWORD = os.environ["PASSWORD"].encode()
STORED = bcrypt.hashpw(PASSWORD, bcrypt.gensalt(12))


def app(_environ, start_response):
    """Check it."""
    right = bcrypt.checkpw(PASSWORD, STORED)
    start_response("204 No Content" if right else "500 Internal Server Error", [])
    return []
