"""The filled database is one that Latchkey serves."""

import pytest
from flask import Flask

from bench import filling
from tests.cast import PASSWORD


def test_the_tokens_of_a_filled_database_are_live(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        filling.prepare(users=2, tasks=3, sessions=4, blocked=5, password=PASSWORD)
    access, refresh = capsys.readouterr().out.splitlines()[-1].split()

    client = app.test_client()
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {access}"})
    tasks = client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {access}"})
    renewed = client.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {refresh}"})

    assert (me.json or {})["email"] == "user2@example.com"
    assert len((tasks.json or {})["items"]) == 3
    assert renewed.status_code == 200
