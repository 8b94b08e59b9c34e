"""`make run`: the whole stack in the foreground until Ctrl-C.

Its data is kept in var/sandbox, or var/planhat with PLANHAT_API_TOKEN: what Redis knows belongs to one Planhat.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from devstack.demo_secrets import demo_secrets, named_variables
from devstack.env_file import MARK, write_env_file
from devstack.greeting import greeting
from devstack.part import PartFailed
from devstack.preflight import CannotStart
from devstack.redis_server import RedisServerError
from devstack.stack import ROOT, Stack
from devstack.watch import Watch

_LOOKS_EVERY = 0.5  # seconds
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(folder: Path = ROOT / "var") -> int:
    """Run until SIGINT, SIGTERM or SIGHUP: 0; 1 when something cannot start or does not stay up."""
    for number in _ENDINGS:
        signal.signal(number, signal.default_int_handler)
    given = {name: value for name, value in os.environ.items() if value}
    if MARK in given:
        print(f"this shell has read {given[MARK]}, whose addresses are of another run: use a new one", file=sys.stderr)
        return 1
    rules = Path(given.get("RULES_DIR", ROOT / "rules"))
    demo = demo_secrets(rules, given)
    stack = Stack(
        folder / ("planhat" if "PLANHAT_API_TOKEN" in given else "sandbox"),
        {"PORT": "8000"} | demo | given,
        logs=folder / "log",
    )
    env_file = stack.folder / "env"
    try:
        sources = stack.prepare().sources
        print("starting", flush=True)
        stack.start()
        write_env_file(env_file, stack.env, named_variables(rules))
        print(greeting(stack, sources, given, demo, env_file), flush=True)
        watch = Watch(stack, _say)
        while True:
            watch.look()
            threading.Event().wait(_LOOKS_EVERY)
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        return 0
    except (CannotStart, PartFailed, RedisServerError) as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        # A second Ctrl-C would leave programs behind; stopping has a deadline of its own.
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        env_file.unlink(missing_ok=True)  # that Redis is gone, and secrets need not lie about
        stack.stop()


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
