"""Taking in: answers a second and how long they take, next to the smallest durable intake on the same Redis."""

from statistics import median

from bench.figure import Figure, percentile, times
from bench.scale import Scale
from bench.sender import Load, deals, deliveries, send_all
from bench.system import HOOK, BenchFailed, System, running

MANY = 16


def measure(scale: Scale) -> list[Figure]:
    """Medians of several rounds, planhook and the bare intake by turns, with 1 and with 16 senders.

    The worker is stopped: it would share the processors with one of the two only.
    """
    counts = {1: scale.requests_of_one, MANY: scale.requests_of_many}
    loads: dict[tuple[str, int], list[Load]] = {(who, many): [] for who in ("bare", "planhook") for many in counts}
    with running(scale.delay_ms) as system, system.web("bench.baseline.intake:create_app()") as bare_port:
        system.stop("worker-1")
        for turn in range(scale.rounds):
            for senders, count in counts.items():
                loads["bare", senders].append(_round(bare_port, f"b{turn}-{senders}", count, senders))
                loads["planhook", senders].append(_round(system.port, f"p{turn}-{senders}", count, senders))
        _check(system, scale.rounds * sum(counts.values()))
    return [
        figure for senders in counts for figure in _compare(loads["planhook", senders], loads["bare", senders], senders)
    ]


def _round(port: int, name: str, count: int, senders: int) -> Load:
    return send_all(port, deliveries(HOOK, deals(name, count, count)), senders)


def _check(system: System, sent: int) -> None:
    stored = (system.stats()["accepted"], system.redis.llen("baseline:bodies"))
    if stored != (sent, sent):
        raise BenchFailed(f"{sent} deliveries were sent to each, {stored} were stored")


def _compare(ours: list[Load], bare: list[Load], senders: int) -> list[Figure]:
    who = f"{senders} sender{'s' if senders > 1 else ''}"
    rates = [median(load.per_second for load in loads) for loads in (ours, bare)]
    slowest = [median(percentile(load.answers, 99) * 1000 for load in loads) for loads in (ours, bare)]
    return [
        Figure("intake", f"{who}: planhook", rates[0], "/s", f"{times(*rates)} bare"),
        Figure("intake", f"{who}: bare Flask, HMAC, RPUSH", rates[1], "/s"),
        Figure("intake", f"{who}: planhook, p99", slowest[0], "ms", f"{times(*slowest)} bare"),
        Figure("intake", f"{who}: bare, p99", slowest[1], "ms"),
    ]
