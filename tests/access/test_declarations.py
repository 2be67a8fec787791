"""Every route declares who may come in, or the application does not start."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint as PlainBlueprint
from flask import Flask

import app as factory
from app import create_app
from app.access.guards import Credential, Policy, UndeclaredRoute, check_declared, policies, presents, public, requires
from app.kit.api import Blueprint
from app.kit.schemas import Schema
from config import Config

View = Callable[..., Any]


def _view(**_body: str) -> dict[str, str]:
    """Answer."""
    return {}


def _plain(_bp: Blueprint) -> View:
    return _view


def _described_only(bp: Blueprint) -> View:
    return bp.arguments(Schema)(bp.response(200)(_view))


def _guard_behind_the_body(bp: Blueprint) -> View:
    return bp.arguments(Schema)(requires()(_view))


def _guard_behind_the_answer(bp: Blueprint) -> View:
    return bp.response(200)(public(_view))


@pytest.mark.parametrize("made", [_plain, _described_only, _guard_behind_the_body, _guard_behind_the_answer])
def test_an_application_with_an_unguarded_route_does_not_start(
    config: Config, monkeypatch: pytest.MonkeyPatch, made: Callable[[Blueprint], View]
) -> None:
    bp = Blueprint("left_open", __name__)
    bp.post("/left-open")(made(bp))
    monkeypatch.setattr(factory, "BLUEPRINTS", (*factory.BLUEPRINTS, bp))

    with pytest.raises(UndeclaredRoute, match=r"/left-open \(left_open\._view\)"):
        create_app(config)


def test_a_route_of_flask_alone_needs_a_guard_too() -> None:
    app = Flask(__name__, static_folder=None)
    bp = PlainBlueprint("plain", __name__)
    bp.add_url_rule("/plain", view_func=_view)
    app.register_blueprint(bp)

    with pytest.raises(UndeclaredRoute, match="/plain"):
        check_declared(app)


def test_static_files_need_a_guard_too() -> None:
    app = Flask(__name__, static_folder="/nowhere")

    with pytest.raises(UndeclaredRoute, match="/nowhere/"):
        check_declared(app)


@pytest.mark.parametrize("guard", [public, requires(), presents(Credential.ANY)])
def test_each_guard_declares_its_route(guard: Callable[[View], View]) -> None:
    app = Flask(__name__, static_folder=None)
    bp = Blueprint("shut", __name__)
    bp.get("/shut")(guard(_view))
    app.register_blueprint(bp)

    check_declared(app)

    assert isinstance(policies(app)["GET", "/shut"], Policy)


def test_the_policies_list_every_route_but_options_and_head(shared_app: Flask) -> None:
    declared = policies(shared_app)

    routed = {(method, rule.rule) for rule in shared_app.url_map.iter_rules() for method in rule.methods or ()}
    assert {key for key in routed if key[0] not in {"HEAD", "OPTIONS"}} == set(declared)
    assert all(isinstance(policy, Policy) for policy in declared.values())
