"""One event on an idle system: how long its sender waits, and how long until its task exists."""

import random
import time
from statistics import median

from bench.figure import Figure
from bench.scale import Scale
from bench.sender import deals, deliveries, send_one
from bench.system import HOOK, System, running

_IDLE_S = (0.1, 0.6)  # spread over a whole turn of the sweeper, so that no run is lucky with its rhythm


def measure(scale: Scale) -> list[Figure]:
    """Minimum, median and maximum of single events."""
    with running(scale.delay_ms) as system:
        answers, tasks = single_events(system, system.port, scale.single_events)
    api = f"API {scale.delay_ms} ms"
    return [
        *_spread("202 for one event", answers, "connecting included"),
        *_spread("its task exists", tasks, f"target ≤ 150 ms, {api}"),
    ]


def single_events(system: System, port: int, count: int) -> tuple[list[float], list[float]]:
    """Send events one at a time to an idle system; gives milliseconds to the answers and to the tasks."""
    answers, tasks = [], []
    for request in deliveries(HOOK, deals("single", count, count)):
        time.sleep(random.uniform(*_IDLE_S))
        before = system.created()
        seen = system.last_call()
        began = time.time()
        answers.append(send_one(port, request) * 1000)
        system.wait_for_created(before + 1)
        applied = [call["applied"] for call in system.calls(seen) if call["applied"]]
        tasks.append((min(applied) - began) * 1000)
    return answers, tasks


def _spread(name: str, values: list[float], note: str) -> list[Figure]:
    return [
        Figure("latency", f"{name}, minimum", min(values), "ms"),
        Figure("latency", f"{name}, median of {len(values)}", median(values), "ms", note),
        Figure("latency", f"{name}, maximum", max(values), "ms"),
    ]
