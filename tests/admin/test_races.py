"""Two admins who change one account at once: one after the other, never a mixture."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

from app.users.roles import Role
from tests.admin.looking_after import account, patched
from tests.cast import Service
from tests.patience import PATIENCE

ROUNDS = 8
WISHES = (
    ["admin", "support"],
    ["admin", "viewer"],
)  # neither asks whether another admin is left, which would lock them all


def test_the_roles_of_an_account_are_as_one_of_the_two_said(app: Flask, robot: Service) -> None:
    admins = [account(app, f"{name}@example.com", Role.ADMIN) for name in ("castor", "pollux")]
    for _ in range(ROUNDS):
        patched(admins[0], robot, roles=["user"])
        together = Barrier(len(admins))

        def say(admin: Service, roles: list[str], together: Barrier = together) -> int:
            together.wait(PATIENCE)
            return patched(admin, robot, roles=roles).status_code

        with ThreadPoolExecutor(len(admins)) as threads:
            said = list(threads.map(say, admins, WISHES))

        assert said == [200, 200]
        assert robot.get("/me").get_json()["roles"] in WISHES
