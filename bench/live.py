"""End to end: events sent one a request while all works, against an app that makes a job and a call of each."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.figure import Figure, times
from bench.latency import single_events
from bench.scale import Scale
from bench.sender import deals, deliveries, send_all
from bench.system import HOOK, System, running

_SENDERS = 16
_CROWD = 64
_DELAYS_MS = (0, 50)
_LATENCIES = 5
_ALONE = (1, _SENDERS)
_WAYS = (_ALONE, (1, _CROWD), (2, _SENDERS), (4, _SENDERS))  # workers, senders
_GLUES = {"RQ forking": "rq.Worker", "RQ SimpleWorker": "rq.SimpleWorker"}
_TARGETS = {"RQ forking": "target ≥ 60 ×", "RQ SimpleWorker": "target ≥ 12 ×"}


@dataclass(frozen=True, slots=True)
class _Rate:
    """`cpu` are seconds on a processor for each event, by role; sandbox and senders left out."""

    per_second: float
    cpu: dict[str, float]
    calls: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of one way to do it: a rate for each delay of the API, and the latency in milliseconds."""

    rates: dict[int, _Rate]
    latency: float


def measure(scale: Scale) -> list[Figure]:
    """Events a second from the first request to the last task, work for each event, and single events."""
    ours: dict[tuple[int, int], _Found] = {}
    for workers, senders in _WAYS:
        with running(0, workers=workers, PLANHAT_BULK_SIZE=str(scale.bulk_size)) as system:
            ours[workers, senders] = _measure(system, system.port, scale.live_events, senders)
    theirs: dict[str, _Found] = {}
    for name, worker in _GLUES.items():
        with running(0) as system, _glue(system, worker) as port:
            theirs[name] = _measure(system, port, scale.glue_events, _SENDERS)
    figures = [one for delay_ms in _DELAYS_MS for one in _rates(delay_ms, ours, theirs, scale.live_events)]
    return figures + _work(ours[_ALONE], theirs) + _latencies(ours[_ALONE], theirs)


@contextmanager
def _glue(system: System, worker: str) -> Iterator[int]:
    system.stop("web", "worker-1")
    command = ["-m", "rq.cli", "worker", "--url", system.stack.redis_url, "--worker-class", worker, "glue"]
    listening = system.part("rq", command, lambda part: "Listening on" in part.output())
    with system.web("bench.baseline.glue:create_app()") as port, listening:
        yield port


def _measure(system: System, port: int, count: int, senders: int) -> _Found:
    rates = {}
    for delay_ms in _DELAYS_MS:
        system.answer_after(delay_ms)
        rates[delay_ms] = _rate(system, port, deals(f"live{delay_ms}", count, count), senders)
    return _Found(rates, median(single_events(system, port, _LATENCIES)[1]))


def _rate(system: System, port: int, events: Sequence[dict[str, Any]], senders: int) -> _Rate:
    count = len(events)
    tasks, seen = system.created(), system.last_call()
    requests = deliveries(HOOK, events)
    before = system.cpu()
    began = time.time()
    send_all(port, requests, senders)
    system.wait_for_created(tasks + count)
    after = system.cpu()
    calls = system.calls(seen)
    seconds = max(call["applied"] or 0.0 for call in calls) - began
    cpu = {role: (after[role] - before[role]) / count for role in after}
    return _Rate(count / seconds, cpu, sum(call["method"] == "PUT" for call in calls))


def _rates(delay_ms: int, ours: dict[tuple[int, int], _Found], theirs: dict[str, _Found], count: int) -> list[Figure]:
    chart = f"End to end, API {delay_ms} ms (events/s)"
    rates = {way: found.rates[delay_ms] for way, found in ours.items()}
    figures = []
    for (workers, senders), rate in rates.items():
        note = f"{count / max(1, rate.calls):,.0f} events a call" + ("; target ≥ 2,000" if workers == 1 else "")
        who = f"planhook, {workers} worker{'s' if workers > 1 else ''}, {senders} senders"
        figures.append(Figure("live", f"API {delay_ms} ms: {who}", rate.per_second, "events/s", note, chart))
    for name, found in theirs.items():
        rate = found.rates[delay_ms]
        note = f"planhook: {times(rates[_ALONE].per_second, rate.per_second)} this; {_TARGETS[name]}"
        figures.append(Figure("live", f"API {delay_ms} ms: Flask + {name}", rate.per_second, "events/s", note, chart))
    return figures


def _work(ours: _Found, theirs: dict[str, _Found]) -> list[Figure]:
    """Time on processors moves little on a shared machine, other than rates."""
    chart = "Work for one event (µs on a processor)"
    cpu = ours.rates[_DELAYS_MS[-1]].cpu
    total = sum(cpu.values())
    shares = ", ".join(f"{role} {spent * 1e6:,.0f}" for role, spent in cpu.items() if spent)
    figures = [Figure("live", "work for one event: planhook", total * 1e6, "µs", shares, chart)]
    for name, found in theirs.items():
        spent = sum(found.rates[_DELAYS_MS[-1]].cpu.values())
        note = f"{times(spent, total)} planhook's"
        figures.append(Figure("live", f"work for one event: Flask + {name}", spent * 1e6, "µs", note, chart))
    return figures


def _latencies(ours: _Found, theirs: dict[str, _Found]) -> list[Figure]:
    found = {"planhook": ours} | {f"Flask + {name}": one for name, one in theirs.items()}
    about = f"median of {_LATENCIES}, API {_DELAYS_MS[-1]} ms"
    return [Figure("live", f"one event to its task: {name}", one.latency, "ms", about) for name, one in found.items()]
