"""End to end: events sent one a request while all works, against an app that makes a job and a call of each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.figure import Figure, times
from bench.latency import single_events
from bench.scale import Scale
from bench.sender import deals, deliveries, send_all
from bench.system import HOOK, System, running

_SENDERS = 4
_LATENCIES = 5
_WORKERS = {"stock forking worker": "rq.Worker", "SimpleWorker": "rq.SimpleWorker"}


def measure(scale: Scale) -> list[Figure]:
    """Events a second from the first request to the last task, and single events, of each of the three."""
    with running(scale.delay_ms) as system:
        latency = _latency(system, system.port)
        rate = _rate(system, system.port, scale.live_events)
        calls = len(system.calls()) - _LATENCIES
    per_call = scale.live_events / calls
    figures = [
        Figure("glue", "planhook", rate, "events/s", f"API {scale.delay_ms} ms, {per_call:.0f} events a call"),
        Figure("glue", "planhook, one event to its task", latency, "ms", f"median of {_LATENCIES}"),
    ]
    for name, worker in _WORKERS.items():
        with running(scale.delay_ms) as system, _glue(system, worker) as port:
            theirs = _latency(system, port)
            their_rate = _rate(system, port, scale.glue_events)
        figures += [
            Figure("glue", f"Flask + RQ, {name}", their_rate, "events/s", f"planhook: {times(rate, their_rate)} this"),
            Figure("glue", "the same, one event to its task", theirs, "ms", f"planhook: {times(latency, theirs)} this"),
        ]
    return figures


@contextmanager
def _glue(system: System, worker: str) -> Iterator[int]:
    system.stop("web", "worker-1")
    command = ["-m", "rq.cli", "worker", "--url", system.stack.redis_url, "--worker-class", worker, "glue"]
    listening = system.part("rq", command, lambda part: "Listening on" in part.output())
    with system.web("bench.baseline.glue:create_app()") as port, listening:
        yield port


def _latency(system: System, port: int) -> float:
    return median(single_events(system, port, _LATENCIES)[1])


def _rate(system: System, port: int, count: int) -> float:
    before = system.created()
    requests = deliveries(HOOK, deals("live", count, count))
    began = time.time()
    send_all(port, requests, _SENDERS)
    system.wait_for_created(before + count)
    return count / (max(call["applied"] or 0.0 for call in system.calls()) - began)
