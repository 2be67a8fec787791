"""Latchkey: the whole wiring on one page."""

from functools import partial

from flask import Flask
from flask_migrate import Migrate

from app.access import guards
from app.account.views import bp as account
from app.auth import recognition, transport, verification
from app.auth.views import bp as auth
from app.docs.views import bp as docs
from app.health.views import bp as health
from app.keys import commands as keys_commands
from app.keys import ring
from app.keys.views import bp as keys
from app.kit import database, headers, limits, logs, migrations, proxies, settings
from app.kit.api import Api
from app.kit.application import Application
from app.mails import delivery
from app.mails.commands import cli as mail_cli
from app.recovery import composing
from app.recovery.views import bp as recovery
from app.sessions.commands import cli as sessions_cli
from app.sessions.commands import end_everybody
from app.sessions.models import Reason
from app.tasks.views import bp as tasks
from app.users.commands import cli as users_cli
from config import Config

BLUEPRINTS = (auth, recovery, account, tasks, keys, docs, health)
COMMANDS = (users_cli, sessions_cli, mail_cli)


def create_app(config: Config | None = None) -> Flask:
    """The application, ready to serve; by default with the settings of the environment.

    Raises:
        RefusedSetting: a setting is missing, malformed or unsafe.
        UndeclaredRoute: a route without a guard.
    """
    config = config or Config.from_environ()
    app = Application(__name__)
    settings.init_app(app, config)
    logs.init_app(config)
    proxies.init_app(app, config)
    headers.init_app(app, config)
    database.init_app(app, config)
    Migrate(app, database.db, directory=str(migrations.DIRECTORY), render_as_batch=True)
    limits.init_app(app, config)
    ring.init_app(app)
    verification.init_app(app, config)
    delivery.init_app(app, compose=composing.compose)
    guards.init_app(app, recognisers=[recognition.recognise])
    api = Api(app, security_schemes=transport.security_schemes(config))
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    for commands in COMMANDS:
        app.cli.add_command(commands)
    keys_commands.init_app(app, end_sessions=partial(end_everybody, Reason.KEY_REVOKED))
    guards.check_declared(app)
    return app
