"""A backlog: events wait, one worker starts. How many calls, how long, how much work, how much memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figure import Figure
from bench.memory import bytes_of_tasks, used_bytes
from bench.processes import mebibytes
from bench.scale import QUICK, Scale
from bench.sender import deals, deliveries, send_all
from bench.system import HOOK, BenchFailed, System, running

_EVENTS_PER_REQUEST = 500


@dataclass(frozen=True, slots=True)
class _Run:
    """One backlog. Times are seconds, `cpu` by role on a processor; `memory`, in mebibytes, is what
    programs take when all is done.

    Bytes are what Redis used beyond its empty state; `ended_bytes` leaves out the keys of tasks, `task_bytes`.
    """

    calls: int
    taking_in: float
    draining: float
    cpu: dict[str, float]
    waiting_bytes: int
    ended_bytes: int
    task_bytes: int
    memory: dict[str, float]


def measure(scale: Scale) -> list[Figure]:
    """Medians, where there is more than one backlog, each on a system of its own; of the calls the most."""
    runs = [_drain(scale) for _ in range(scale.backlogs)]

    def usual(value: Callable[[_Run], float]) -> float:
        return median(map(value, runs))

    calls, draining = max(run.calls for run in runs), usual(lambda run: run.draining)
    own = usual(lambda run: run.draining - run.calls * scale.delay_ms / 1000)
    of_events = f"{scale.events:,} events on {scale.tasks:,} tasks"
    found = [
        (f"{of_events}: bulk calls", calls, "", f"bulk size {scale.bulk_size:,}{_target(scale, '≤ 40')}"),
        ("drained, start of the worker included", draining, "s", f"API {scale.delay_ms} ms{_target(scale, '≤ 60 s')}"),
        ("own time, without the API's", own, "s", ""),
        ("drained", scale.events / draining, "events/s", "one worker"),
        ("taken in", scale.events / usual(lambda run: run.taking_in), "events/s", f"{_EVENTS_PER_REQUEST} a request"),
    ]
    for role in ("planner", "deliverer", "Redis"):
        spent = median(run.cpu[role] for run in runs)
        found.append((f"on a processor while draining: {role}", spent / scale.events * 1e6, "µs an event", ""))
    found += [
        ("Redis, a waiting event", usual(lambda run: run.waiting_bytes) / scale.events, "bytes", ""),
        ("Redis, an ended event", usual(lambda run: run.ended_bytes) / scale.events, "bytes", "target ≤ 1,500"),
        ("Redis, a task", usual(lambda run: run.task_bytes) / scale.tasks, "bytes", "register and history"),
    ]
    found += [(f"memory, {name}", size, "MiB", note) for name, size, note in _memory(runs)]
    return [Figure("backlog", name, value, unit, note) for name, value, unit, note in found]


def _drain(scale: Scale) -> _Run:
    """Take everything in while no worker runs, then start one and wait until all is in Planhat."""
    requests = deliveries(HOOK, deals("backlog", scale.events, scale.tasks), _EVENTS_PER_REQUEST)
    with running(scale.delay_ms, PLANHAT_BULK_SIZE=str(scale.bulk_size)) as system:
        system.stop("worker-1")
        empty = used_bytes(system.redis)
        taking_in = send_all(system.port, requests, senders=1).seconds
        waiting, before = used_bytes(system.redis), system.cpu()
        began = time.monotonic()
        system.stack.restart("worker-1")
        system.wait_until_quiet()
        draining, after = time.monotonic() - began, system.cpu()
        _check(system, scale)
        tasks = bytes_of_tasks(system.redis)
        return _Run(
            calls=system.writes(),
            taking_in=taking_in,
            draining=draining,
            cpu={role: spent - before[role] for role, spent in after.items()},
            waiting_bytes=waiting - empty,
            ended_bytes=used_bytes(system.redis) - empty - tasks,
            task_bytes=tasks,
            memory={role: mebibytes(processes) for role, processes in system.roles().items() if processes},
        )


def _check(system: System, scale: Scale) -> None:
    stats = system.stats()
    ended = stats["applied"] + stats["ignored"]
    if ended != scale.events or system.tasks() != scale.tasks:
        raise BenchFailed(f"{scale.events} events on {scale.tasks} tasks became {system.tasks()} tasks: {stats}")


def _memory(runs: Sequence[_Run]) -> list[tuple[str, float, str]]:
    most = {role: max(run.memory[role] for run in runs) for role in runs[0].memory}
    worker = sum(most[role] for role in ("parent", "planner", "deliverer"))
    return [
        ("web", most["web"], "all its processes; pages they share count once"),
        ("worker", worker, "target ≤ 200 MB"),
        ("Redis", most["Redis"], "while it holds all these events"),
    ]


def _target(scale: Scale, target: str) -> str:
    """What is promised, where the promise is about this very case."""
    return f"; target {target}" if scale.events > QUICK.events else ""
