"""`python -m bench [names…]`: run scenarios, print one table, write the figures to a file if asked."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import backlog, glue, intake, latency
from bench.figure import Figure, figures_table
from bench.scale import FULL, QUICK, Scale
from bench.sender import NotTaken
from bench.system import BenchFailed
from devstack.part import PartFailed
from devstack.redis_server import RedisServerError
from planhook.core.errors import SettingsInvalid

SCENARIOS: Mapping[str, Callable[[Scale], list[Figure]]] = {
    "latency": latency.measure,
    "intake": intake.measure,
    "backlog": backlog.measure,
    "glue": glue.measure,
}


def main() -> int:
    """0 when everything could be measured, whatever the figures; 1 when the system did not do what is measured."""
    parser = _parser()
    options = parser.parse_args()
    scale = _scale(options)
    if scale.tasks > scale.events:
        parser.error(f"{scale.events} events cannot make {scale.tasks} tasks")
    figures: list[Figure] = []
    try:
        for name in options.names or SCENARIOS:
            print(f"{name} …", flush=True)
            figures += SCENARIOS[name](scale)
    except (BenchFailed, NotTaken, OSError, PartFailed, RedisServerError, SettingsInvalid) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"\n{figures_table(figures)}")
    if options.json:
        options.json.write_text(json.dumps(_document(scale, figures), indent=2) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure planhook on this machine.")
    parser.add_argument(
        "names", nargs="*", type=_scenario, metavar="NAME", help=f"of {', '.join(SCENARIOS)}; default: all"
    )
    parser.add_argument("--quick", action="store_true", help="smaller counts, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--events", type=_count, help="of the backlog")
    parser.add_argument("--tasks", type=_count, help="that these events are about")
    parser.add_argument("--bulk-size", type=_count, help="items of one bulk call")
    parser.add_argument("--delay-ms", type=_milliseconds, help="that each call of Planhat's API takes")
    return parser


def _scenario(name: str) -> str:
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"there is no {name}; there are {', '.join(SCENARIOS)}")
    return name


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _milliseconds(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError("not negative")
    return number


def _scale(options: argparse.Namespace) -> Scale:
    chosen = {name: getattr(options, name) for name in ("events", "tasks", "bulk_size", "delay_ms")}
    given = {name: value for name, value in chosen.items() if value is not None}
    return replace(QUICK if options.quick else FULL, **given)


def _document(scale: Scale, figures: list[Figure]) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "scale": asdict(scale),
        "figures": [asdict(figure) for figure in figures],
    }


if __name__ == "__main__":
    sys.exit(main())
