"""The web process's composition root: the one place that knows all its concrete parts."""

import os
import sys
from collections.abc import Mapping

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from planhook import failpoints
from planhook.core.errors import RulesInvalid, SettingsInvalid
from planhook.logging import configure
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from planhook.store.connection import connect
from planhook.store.fetches import Fetches
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Inbox
from planhook.store.journal import Journal
from planhook.store.problems import Problems
from planhook.store.refusals import Refusals
from planhook.store.room import Room
from planhook.wakeup import Wakeups
from service import api, health, metrics, openapi, problems, webhooks
from service.connection import Answer, close_when_unread
from service.deadline import let_arrive
from service.headers import SECURITY
from service.intake import Intake
from service.refusals import RefusalCounter

# gunicorn takes this status from a worker as "cannot boot" and ends, instead of starting the next one.
_CANNOT_BOOT = 3
CONNECTIONS = 4  # of one process: small Redis plans have 20 for all; deliveries share one


class _Json(DefaultJSONProvider):
    ensure_ascii = False
    sort_keys = False
    compact = True


def create_app(settings: Settings | None = None, env: Mapping[str, str] | None = None) -> Flask:
    """The web application. `env` (default: the process's) has the settings and the secrets of sources.

    Ends the process with a message when settings or rules are wrong. Connects to nothing yet.
    """
    env = os.environ if env is None else env
    try:
        settings = settings or Settings.from_env(env)
        configure(settings.log_level, settings.log_format)
        failpoints.arm(env)
        rulebook = LiveRulebook(settings.rules_dir, env)
    except (SettingsInvalid, RulesInvalid) as fault:
        print(f"planhook web cannot start:\n{fault}", file=sys.stderr)
        raise SystemExit(_CANNOT_BOOT) from None
    return _assemble(settings, rulebook)


def _assemble(settings: Settings, rulebook: LiveRulebook) -> Flask:
    # A delivery must be answered within 2 s, also when Redis is not.
    redis = connect(settings.redis_url, timeout=1.0, connections=CONNECTIONS, verify_tls=settings.redis_tls_verify)
    journal, wakeups, not_kept = Journal(redis), Wakeups(redis), Problems(redis)
    refusals = RefusalCounter(Refusals(redis))
    app = _bare_app()
    intake = Intake(
        lambda name: rulebook.current().sources.get(name),
        GroupCommit(Inbox(redis), Room(redis), let_arrive),
        wakeups,
        settings.public_url,
        settings.max_body_bytes,
    )
    webhooks.install(app, intake, refusals)
    app.register_blueprint(health.blueprint(redis, journal, Fetches(redis), not_kept, rulebook))
    app.register_blueprint(api.blueprint(journal, refusals, not_kept, rulebook, wakeups, settings.api_token))
    app.register_blueprint(metrics.blueprint(journal, refusals, rulebook, settings.api_token))
    app.register_blueprint(openapi.blueprint())
    return app


def _bare_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # senders take a redirect for a failure
    app.json = _Json(app)
    app.response_class = Answer
    problems.install(app)
    app.after_request(close_when_unread)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(SECURITY)
        return response

    return app
