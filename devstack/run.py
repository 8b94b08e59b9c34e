"""`make run`: the whole stack in the foreground until Ctrl-C, its data kept in var/run."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from devstack.demo_secrets import demo_secrets
from devstack.part import PartFailed
from devstack.redis_server import RedisServerError
from devstack.stack import ROOT, Stack
from planhook.core.errors import SettingsInvalid

_LOOKS_EVERY = 0.5  # seconds


def main() -> int:
    """Run until SIGINT, SIGTERM or SIGHUP, or until a part dies: then 1."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    env = {name: value for name, value in os.environ.items() if value}
    secrets = demo_secrets(Path(env.get("RULES_DIR", ROOT / "rules")), env)
    stack = Stack(ROOT / "var" / "run", {"PORT": "8000"} | secrets | env, logs=ROOT / "var" / "log")
    try:
        stack.start()
        _describe(stack, secrets)
        while True:
            stack.check()
            threading.Event().wait(_LOOKS_EVERY)
    except KeyboardInterrupt:
        print("\nstopping")
        return 0
    except (PartFailed, RedisServerError, SettingsInvalid) as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        # A second Ctrl-C would leave programs behind; stopping has a deadline of its own.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()


def _describe(stack: Stack, secrets: Mapping[str, str]) -> None:
    password = "the one in API_TOKEN" if os.environ.get("API_TOKEN") else stack.api_token
    print(f"webhooks  {stack.web_url}/webhooks/<source>")
    print(f"API       {stack.web_url}/api/v1/stats (Authorization: Bearer {password})")
    print(f"Planhat   {stack.planhat_url}{' (sandbox)' if stack.has_sandbox else ''}")
    print(f"Redis     {stack.redis_url if stack.redis else 'the one in REDIS_URL'}")
    print(f"logs      {stack.logs}")
    for name, value in secrets.items():
        print(f"{name} is not set; a demo value stands in: {value}")
    print("Ctrl-C stops everything and keeps the data")


if __name__ == "__main__":
    sys.exit(main())
