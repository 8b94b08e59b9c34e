"""A backlog: events wait, one worker starts. How many calls, how long, how much memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figure import Figure
from bench.memory import bytes_of_tasks, peak_mebibytes, used_bytes
from bench.scale import FULL, Scale
from bench.sender import deals, deliveries, send_all
from bench.system import HOOK, BenchFailed, System, running

_EVENTS_PER_REQUEST = 500


@dataclass(frozen=True, slots=True)
class _Run:
    """One backlog. Times are seconds, peaks mebibytes; bytes are what Redis used beyond its empty state.

    `ended_bytes` leaves the keys of tasks out; they are `task_bytes`.
    """

    calls: int
    taking_in: float
    draining: float
    waiting_bytes: int
    ended_bytes: int
    task_bytes: int
    peaks: dict[str, float]


def measure(scale: Scale) -> list[Figure]:
    """Medians of several backlogs, each on a system of its own; of the calls the most."""
    runs = [_drain(scale) for _ in range(scale.backlogs)]

    def usual(value: Callable[[_Run], float]) -> float:
        return median(map(value, runs))

    calls, draining = max(run.calls for run in runs), usual(lambda run: run.draining)
    bulk = f"bulk size {scale.bulk_size}{_target(scale, '≤ 12')}"
    api = f"API {scale.delay_ms} ms{_target(scale, '< 30 s')}"
    found = [
        (f"{scale.events:,} events, {scale.tasks:,} tasks: calls", calls, "", bulk),
        ("drained, start of the worker included", draining, "s", api),
        ("drained", scale.events / draining, "events/s", f"median of {len(runs)}"),
        ("taken in", scale.events / usual(lambda run: run.taking_in), "events/s", f"{_EVENTS_PER_REQUEST} a request"),
        ("Redis, a waiting event", usual(lambda run: run.waiting_bytes) / scale.events, "bytes", ""),
        ("Redis, an ended event", usual(lambda run: run.ended_bytes) / scale.events, "bytes", "journal, kept 7 days"),
        ("Redis, a task", usual(lambda run: run.task_bytes) / scale.tasks, "bytes", "register and history"),
    ]
    found += [(f"most memory, {name}", peak, "MiB", "RSS, all its processes") for name, peak in _peaks(runs)]
    return [Figure("backlog", name, value, unit, note) for name, value, unit, note in found]


def _drain(scale: Scale) -> _Run:
    """Take everything in while no worker runs, then start one and wait until all is in Planhat."""
    requests = deliveries(HOOK, deals("backlog", scale.events, scale.tasks), _EVENTS_PER_REQUEST)
    with running(scale.delay_ms, PLANHAT_BULK_SIZE=str(scale.bulk_size)) as system:
        system.stop("worker-1")
        empty = used_bytes(system.redis)
        taking_in = send_all(system.port, requests, senders=1).seconds
        waiting = used_bytes(system.redis)
        began = time.monotonic()
        system.stack.restart("worker-1")
        system.wait_until_quiet()
        draining = time.monotonic() - began
        _check(system, scale)
        tasks = bytes_of_tasks(system.redis)
        return _Run(
            calls=len(system.calls()),
            taking_in=taking_in,
            draining=draining,
            waiting_bytes=waiting - empty,
            ended_bytes=used_bytes(system.redis) - empty - tasks,
            task_bytes=tasks,
            peaks=_peaks_now(system),
        )


def _check(system: System, scale: Scale) -> None:
    stats = system.stats()
    ended = stats["applied"] + stats["ignored"]
    if ended != scale.events or system.tasks() != scale.tasks:
        raise BenchFailed(f"{scale.events} events on {scale.tasks} tasks became {system.tasks()} tasks: {stats}")


def _peaks_now(system: System) -> dict[str, float]:
    groups = {name: system.stack.parts[part].pid for name, part in (("web", "web"), ("worker", "worker-1"))}
    groups["Redis"] = system.stack.redis.pid if system.stack.redis else None
    found = {name: peak_mebibytes(group) for name, group in groups.items() if group}
    return {name: peak for name, peak in found.items() if peak is not None}


def _peaks(runs: Sequence[_Run]) -> list[tuple[str, float]]:
    return [(name, max(run.peaks[name] for run in runs)) for name in runs[0].peaks]


def _target(scale: Scale, target: str) -> str:
    """What is promised, where the promise is about this very case."""
    return f"; target {target}" if scale == FULL else ""
