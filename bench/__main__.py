"""`python -m bench [names…]`: run scenarios, print one table, write the figures where they are wanted."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bench import answers, backlog, intake, latency, live, planning, simulation
from bench.figure import Figure, figures_table
from bench.plot import bars
from bench.report import Circumstances, as_json, rewrite
from bench.scale import FULL, QUICK, USUAL, Scale
from bench.sender import NotTaken
from bench.system import BenchFailed
from devstack.part import PartFailed
from devstack.redis_server import RedisServerError
from devstack.stack import ROOT
from planhook.core.errors import SettingsInvalid
from planhook.logging import configure

SCENARIOS: Mapping[str, Callable[[Scale], list[Figure]]] = {
    "latency": latency.measure,
    "intake": intake.measure,
    "answers": answers.measure,
    "planning": planning.measure,
    "backlog": backlog.measure,
    "live": live.measure,
    "simulation": simulation.measure,
}
_COUNTS = {
    "events": "of the backlog",
    "tasks": "that these events are about",
    "bulk_size": "items of one bulk call",
    "per_day": "events of the simulated day",
}


def main() -> int:
    """0 when everything could be measured, whatever the figures; 1 when the system did not do what is measured."""
    parser = _parser()
    options = parser.parse_args()
    scale = _scale(options)
    if scale.tasks > scale.events:
        parser.error(f"{scale.events} events cannot make {scale.tasks} tasks")
    if options.docs and (options.names or options.quick):
        parser.error("documents get the figures of whole runs only")
    configure("warning", "console")
    where = Circumstances.now()
    figures: list[Figure] = []
    try:
        for name in options.names or SCENARIOS:
            print(f"{name} …", flush=True)
            figures += SCENARIOS[name](scale)
    except (BenchFailed, NotTaken, OSError, PartFailed, RedisServerError, SettingsInvalid) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"\n{where.told()}\n\n{figures_table(figures)}")
    if options.json:
        options.json.write_text(as_json(where, scale, figures), "utf-8")
    if options.plot:
        options.plot.write_text(bars(figures), "utf-8")
    if options.docs:
        rewrite(ROOT / "docs", where, figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure planhook on this machine.")
    parser.add_argument(
        "names", nargs="*", type=_scenario, metavar="NAME", help=f"of {', '.join(SCENARIOS)}; default: all"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="smaller counts, to see that it runs")
    size.add_argument("--full", action="store_true", help="larger counts and more rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them there, as SVG")
    parser.add_argument("--docs", action="store_true", help="put the figures of all scenarios into docs/")
    for name, about in _COUNTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=_count, metavar="N", help=about)
    parser.add_argument("--delay-ms", type=_milliseconds, metavar="N", help="that each call of Planhat's API takes")
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
    chosen = {name: getattr(options, name) for name in (*_COUNTS, "delay_ms")}
    given = {name: value for name, value in chosen.items() if value is not None}
    return replace(QUICK if options.quick else FULL if options.full else USUAL, **given)


if __name__ == "__main__":
    sys.exit(main())
