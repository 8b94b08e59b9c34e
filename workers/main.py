"""One worker, from the environment alone."""

import os
import sys

from planhook import failpoints
from planhook.core.errors import RulesInvalid, SettingsInvalid
from planhook.logging import configure
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from workers.context import Context
from workers.supervisor import Supervisor


def main() -> int:
    """Exit 0 after a SIGTERM, 1 when settings or rules are wrong (the message says what to do)."""
    try:
        settings = Settings.from_env(os.environ)
        configure(settings.log_level, settings.log_format)
        failpoints.arm(os.environ)
        rulebook = LiveRulebook(settings.rules_dir, os.environ)
    except (SettingsInvalid, RulesInvalid) as fault:
        print(f"planhook worker cannot start:\n{fault}", file=sys.stderr)
        return 1
    Supervisor(Context(settings, rulebook)).run()
    return 0
