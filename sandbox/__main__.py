"""The command line: `python -m sandbox --port 8080 --token T`."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sandbox.server import start

_ENDING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Run until SIGTERM or SIGINT; the ready line on stdout says where."""
    options = _parser().parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # also for the threads that come; taken at the end
    try:
        server = start(
            options.port,
            options.token,
            host=options.host,
            data=options.data,
            verbose=options.verbose,
            **_settings(options),
        )
    except (OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    with server:
        print(f"sandbox Planhat listening on {server.url}", flush=True)
        signal.sigwait(_ENDING)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A Planhat look-alike for tests and demos.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--token",
        default=os.environ.get("PLANHAT_API_TOKEN", "sandbox-token"),
        help="bearer token it wants; default: PLANHAT_API_TOKEN, else sandbox-token",
    )
    parser.add_argument("--data", type=Path, metavar="FILE", help="keep the state in this file")
    parser.add_argument("--rate-limit", type=int, default=200, help="calls a minute, 0 for none")
    parser.add_argument("--delay-ms", type=int, default=0, help="wait before each answer")
    companies = parser.add_mutually_exclusive_group()
    companies.add_argument("--accept-any-company", action="store_true", default=True, help="the default")
    companies.add_argument("--strict-companies", dest="accept_any_company", action="store_false")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other switch")
    parser.add_argument("--verbose", action="store_true", help="log requests to stderr")
    return parser


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    settings = {name: getattr(options, name) for name in ("rate_limit", "delay_ms", "accept_any_company")}
    for assignment in options.set:
        name, _, text = assignment.partition("=")
        try:
            settings[name] = json.loads(text)
        except ValueError:
            settings[name] = text
    return settings


if __name__ == "__main__":
    sys.exit(main())
