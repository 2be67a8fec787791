"""Latchkey: the whole wiring on one page."""

from functools import partial

from flask import Flask

from app.access import guards
from app.account.views import bp as account
from app.admin.commands import cli as users_cli
from app.admin.views import bp as admin
from app.audit import service as audit_service
from app.audit.commands import cli as audit_cli
from app.audit.views import bp as security
from app.auth import recognition, transport, verification
from app.auth.views import bp as auth
from app.demo.views import bp as demo
from app.docs.views import bp as docs
from app.doctor.commands import cli as doctor_cli
from app.health.views import bp as health
from app.keys import commands as keys_commands
from app.keys import ring
from app.keys.views import bp as keys
from app.kit import access_log, database, headers, limits, logs, migrations, proxies, pruning, settings
from app.kit.api import Api
from app.kit.application import Application
from app.mails import delivery
from app.mails.commands import cli as mail_cli
from app.metrics import events
from app.recovery import composing
from app.recovery.tokens import prune as prune_tokens
from app.recovery.views import bp as recovery
from app.sessions import commands as sessions_commands
from app.sessions.models import Reason
from app.sessions.service import prune as prune_sessions
from app.sessions.views import bp as my_sessions
from app.tasks.views import bp as tasks
from app.users import hashing
from app.users.networks import prune as prune_networks
from app.users.pending import prune as prune_pending
from config import Config

PARTS = (settings, access_log, proxies, headers, database, pruning, limits, hashing, verification)
BLUEPRINTS = (auth, recovery, account, my_sessions, security, admin, tasks, keys, docs, demo, health)
COMMANDS = (users_cli, audit_cli, mail_cli, doctor_cli)
PRUNERS = (
    prune_sessions,
    prune_tokens,
    prune_pending,
    prune_networks,
    limits.prune,
)  # what `flask sessions prune` deletes; each takes a batch


def create_app(config: Config | None = None) -> Flask:
    """The application, ready to serve; by default with the settings of the environment.

    Raises:
        RefusedSetting: a setting is missing, malformed or unsafe.
        UndeclaredRoute: a route without a guard.
    """
    config = config or Config.from_environ()
    app = Application(__name__)
    logs.init_app(config)
    for part in PARTS:
        part.init_app(app, config)
    migrations.init_app(app)
    ring.init_app(app)
    audit_service.init_app(app, listener=events.count)
    delivery.init_app(app, compose=composing.compose)
    guards.init_app(app, recognisers=[recognition.recognise])
    Api(app, BLUEPRINTS, security_schemes=transport.security_schemes(config))
    for commands in COMMANDS:
        app.cli.add_command(commands)
    sessions_commands.init_app(app, pruners=PRUNERS)
    keys_commands.init_app(app, end_sessions=partial(sessions_commands.end_everybody, Reason.KEY_REVOKED))
    guards.check_declared(app)
    return app
