"""The long lane: `python -m tests.reliability [--seed N] [--scenario NAME …] [--rounds N] [--minutes N]`."""

import argparse
import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.catalogue import SCENARIOS
from tests.reliability.scenario import Figures, Scenario, play
from tests.reliability.table import table


def main() -> int:
    """Exit 0 only if every figure that should be 0 is 0."""
    options = _parser().parse_args()
    unknown = set(options.scenario) - SCENARIOS.keys()
    if unknown:
        print(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    chosen = [SCENARIOS[name] for name in options.scenario] or list(SCENARIOS.values())
    seed = options.seed if options.seed is not None else random.randrange(1_000_000)
    done: list[Figures] = []
    failed = 0
    for scenario, number in _turns(chosen, seed, options.minutes):
        print(f"{scenario.name} --seed {number}: ", end="", flush=True)
        figures = _play(scenario, number, options.rounds)
        if figures is None:
            failed += 1
            continue
        done.append(figures)
        print(
            f"{figures.events} events, {figures.faults} faults, {figures.seconds:.0f} s, "
            f"slowest refusal {figures.slowest_refusal_s:.1f} s",
            flush=True,
        )
        for finding in figures.findings[:20]:
            print(f"  {finding}", flush=True)
    print(f"\n{table(done)}")
    bad = failed + sum(figures.lost + figures.duplicates + figures.wrong + figures.unclear for figures in done)
    if failed:
        print(f"{failed} runs did not come to their end")
    return 1 if bad else 0


def _turns(chosen: list[Scenario], seed: int, minutes: float) -> Iterator[tuple[Scenario, int]]:
    """Each scenario once, and again with the next seeds while there is time."""
    end = time.monotonic() + minutes * 60
    while True:
        for scenario in chosen:
            yield scenario, seed
            if minutes and time.monotonic() > end:
                return
        seed += 1
        if not minutes:
            return


def _play(scenario: Scenario, seed: int, rounds: int) -> Figures | None:
    with TemporaryDirectory(prefix="planhook-reliability-") as folder:
        try:
            return play(scenario, seed, Path(folder), rounds)
        except Exception:  # noqa: BLE001 - a run that breaks down is a result, too
            print("did not come to its end", flush=True)
            traceback.print_exc()
            return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat a run; default: a random one, which is printed")
    parser.add_argument("--scenario", nargs="*", default=[], help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, default=5, help="faults per run (default 5)")
    parser.add_argument("--minutes", type=float, default=0, help="go on with other seeds for so long")
    return parser


if __name__ == "__main__":
    sys.exit(main())
