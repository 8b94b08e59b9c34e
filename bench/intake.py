"""Taking in: answers a second and how long they take, next to the smallest durable intake, and to Redis alone.

All use the same Redis, by turns. The worker is stopped: it would share the processors with one of them only.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import product
from statistics import median
from typing import Any

from bench.figure import Figure, percentile, times
from bench.in_process import events, rulebook
from bench.scale import Scale
from bench.sender import Load, deals, deliveries, send_all
from bench.system import HOOK, BenchFailed, System, running
from planhook.store.inbox import Inbox

BODIES = "baseline:bodies"
MANY = 16
CROWD = 64
_ALONE = "baseline:alone"


def measure(scale: Scale) -> list[Figure]:
    """Medians of several rounds, with 1, 16 and 64 senders."""
    counts = {1: scale.requests_of_one, MANY: scale.requests_of_many, CROWD: scale.requests_of_many}
    loads: dict[tuple[str, int], list[Load]] = defaultdict(list)
    work: dict[tuple[str, int], list[float]] = defaultdict(list)
    with running(scale.delay_ms) as system, system.web("bench.baseline.intake:create_app()") as bare_port:
        system.stop("worker-1")
        for turn, (senders, count) in product(range(scale.rounds), counts.items()):
            for who, port in (("bare", bare_port), ("planhook", system.port)):
                requests = deliveries(HOOK, deals(f"{who}{turn}-{senders}", count, count))
                before = sum(system.cpu().values())
                loads[who, senders].append(send_all(port, requests, senders))
                work[who, senders].append((sum(system.cpu().values()) - before) / count)
        for turn in range(scale.rounds):
            loads["RPUSH", 1].append(_push(system, f"push{turn}", scale.requests_of_one))
            loads["script", 1].append(_accept(system, f"script{turn}", scale.requests_of_one))
        _check(system, scale.rounds * sum(counts.values()), scale.rounds * scale.requests_of_one)
    figures = [one for many in counts for one in _compare(loads["planhook", many], loads["bare", many], many)]
    busy = [one for many in (MANY, CROWD) for one in _work(work["planhook", many], work["bare", many], many)]
    return figures + busy + _alone(loads["RPUSH", 1], loads["script", 1])


def _push(system: System, name: str, count: int) -> Load:
    bodies = [json.dumps({"events": [deal]}).encode() for deal in deals(name, count, count)]
    return _one_after_the_other(lambda body: system.redis.rpush(_ALONE, body), bodies)


def _accept(system: System, name: str, count: int) -> Load:
    inbox = Inbox(system.redis)
    return _one_after_the_other(lambda event: inbox.accept([event]), events(rulebook(), name, count, count))


def _one_after_the_other(call: Callable[[Any], object], values: Sequence[Any]) -> Load:
    began = time.perf_counter()
    answers = []
    for value in values:
        asked = time.perf_counter()
        call(value)
        answers.append(time.perf_counter() - asked)
    return Load(time.perf_counter() - began, answers)


def _check(system: System, sent: int, alone: int) -> None:
    stored = (system.stats()["accepted"], system.redis.llen(BODIES), system.redis.llen(_ALONE))
    if stored != (sent + alone, sent, alone):
        raise BenchFailed(f"{sent} deliveries were sent to each and {alone} to Redis, {stored} were stored")


def _compare(ours: list[Load], bare: list[Load], senders: int) -> list[Figure]:
    who = f"{senders} sender{'s' if senders > 1 else ''}"
    chart = f"Taken in durably, {who} (requests/s)"
    rates = [_rate(loads) for loads in (ours, bare)]
    slowest = [median(percentile(load.answers, 99) * 1000 for load in loads) for loads in (ours, bare)]
    target = "; target ≥ 0.9 ×" if senders > 1 else ""
    return [
        Figure("intake", f"{who}: planhook", rates[0], "/s", f"{times(*rates)} bare{target}", chart),
        Figure("intake", f"{who}: bare Flask, HMAC, RPUSH", rates[1], "/s", chart=chart),
        Figure("intake", f"{who}: planhook, p99", slowest[0], "ms", f"{times(*slowest)} bare"),
        Figure("intake", f"{who}: bare, p99", slowest[1], "ms"),
    ]


def _work(ours: list[float], bare: list[float], senders: int) -> list[Figure]:
    micros = [median(seconds) * 1e6 for seconds in (ours, bare)]
    about = "on a processor, web and Redis"
    what = f"work for one request, {senders} senders"
    return [
        Figure("intake", f"{what}: planhook", micros[0], "µs", f"{times(*micros)} bare; {about}"),
        Figure("intake", f"{what}: bare", micros[1], "µs"),
    ]


def _alone(push: list[Load], script: list[Load]) -> list[Figure]:
    rates = [_rate(loads) for loads in (script, push)]
    return [
        Figure("intake", "Redis alone: planhook's script", rates[0], "/s", f"{times(*rates)} RPUSH; 1 client, no HTTP"),
        Figure("intake", "Redis alone: RPUSH of the body", rates[1], "/s"),
    ]


def _rate(loads: list[Load]) -> float:
    return median(load.per_second for load in loads)
