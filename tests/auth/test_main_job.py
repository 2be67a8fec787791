"""The main job, both ways."""

from tests.cast import Browser, Service, code


def test_a_browser_registers_signs_in_works_refreshes_and_leaves(stranger: Browser) -> None:
    stranger.register(name="Ada").log_in()
    assert stranger.get("/me").get_json()["name"] == "Ada"
    assert stranger.post("/tasks", json={"title": "Rest"}).status_code == 201
    assert stranger.refresh().status_code == 200
    kept = stranger.cookie("access_token")

    assert stranger.post("/auth/logout").status_code == 204

    assert code(stranger.get("/me")) == (401, "credentials_missing")
    stranger.set_cookie("access_token", str(kept))
    assert code(stranger.get("/me")) == (401, "session_ended")


def test_a_program_signs_in_works_refreshes_and_leaves(robot: Service) -> None:
    assert robot.post("/tasks", json={"title": "Rest"}).status_code == 201
    robot.keep(robot.refresh())
    assert len(robot.get("/tasks").get_json()["items"]) == 1

    assert robot.post("/auth/logout").status_code == 204

    assert code(robot.get("/me")) == (401, "session_ended")
