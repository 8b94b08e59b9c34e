"""What larger installations carry, reckoned from what one event was measured to cost here."""

from dataclasses import replace

from bench.costs import Costs, measured
from bench.day import Burst, Day, arrivals
from bench.figure import Figure
from bench.scale import Scale
from bench.stations import Installation, simulate

_SEED = 20261124
_BURSTS = (
    Burst(start=9 * 3600, seconds=600, share=0.02),  # the office opens its mail
    Burst(start=11 * 3600, seconds=60, share=0.01),  # an import
    Burst(start=15 * 3600, seconds=60, share=0.01),
)
_LARGE = Installation(web=4, workers=4, bulk_size=5_000)
_INSTALLATIONS = {
    "small": Installation(web=1, workers=1, bulk_size=500),
    "large": _LARGE,
    "large, an hour's outage": replace(_LARGE, away=(10 * 3600.0, 11 * 3600.0)),
}
_RETENTION_DAYS = 7
_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_MEBIBYTE = 2**20


def measure(scale: Scale) -> list[Figure]:
    """The costs of one event, the memory for many, and a day with as many as `scale` says."""
    costs = measured(scale)
    figures = _costs(costs) + [_size(costs, per_day) for per_day in _SIZES]
    for name, installation in _INSTALLATIONS.items():
        day = simulate(arrivals(scale.per_day, _BURSTS, _SEED), costs, installation)
        figures += _day(name, day, costs, installation)
    return figures


def _costs(costs: Costs) -> list[Figure]:
    micros = [
        ("web process, a request with one event", costs.web, f"{1 / costs.web:,.0f}/s a core"),
        ("planner, an event", costs.planner_event, f"{1 / costs.planner_event:,.0f}/s a core"),
        ("planner, a batch on top", costs.planner_batch, ""),
        ("deliverer, an item", costs.deliver_item, f"{1 / costs.deliver_item:,.0f}/s: there is one"),
        ("Redis, an event taken in", costs.redis_accept, ""),
        ("Redis, an event planned", costs.redis_plan, ""),
        ("Redis, an item delivered", costs.redis_deliver, ""),
        ("Redis, all of an event", costs.redis_event, f"{1 / costs.redis_event:,.0f}/s: there is one"),
    ]
    figures = [Figure("simulation", f"cost: {name}", seconds * 1e6, "µs", note) for name, seconds, note in micros]
    for name, done in (("taking in", costs.accepting), ("planning and delivering", costs.working)):
        note = f"in {done.scripts:.2f} script calls, {done.micros:,.0f} µs in them"
        figures.append(Figure("simulation", f"Redis commands for an event, {name}", done.commands, "", note))
    kept = [
        ("a waiting event", costs.waiting_bytes),
        ("an ended event", costs.ended_bytes),
        ("its id alone", costs.bodiless_bytes),
        ("a task", costs.task_bytes),
    ]
    return figures + [Figure("simulation", f"Redis, {name}", size, "bytes") for name, size in kept]


def _size(costs: Costs, per_day: int) -> Figure:
    days = _RETENTION_DAYS
    journal, ids = (per_day * days * size / _MEBIBYTE for size in (costs.ended_bytes, costs.bodiless_bytes))
    least = ids + per_day * (costs.ended_bytes - costs.bodiless_bytes) / _MEBIBYTE
    note = f"{days} days; {least:,.0f} MiB with bodies of one day; without tasks"
    return Figure("simulation", f"journal, {per_day:,} events a day", journal, "MiB", note)


def _day(name: str, day: Day, costs: Costs, where: Installation) -> list[Figure]:
    peak = day.most_a_minute() / 60
    minutes = (max(day.ended) + 1) / 60
    waiting = day.most_waiting()
    found = [
        ("until an event's task exists, median", day.waited(50), "s", f"of {day.waits.total():,} events"),
        ("the same, p99", day.waited(99), "s", ""),
        ("the same, longest", day.waited(100), "s", ""),
        ("most events waiting", waiting, "", f"{waiting * costs.waiting_bytes / _MEBIBYTE:,.0f} MiB of Redis"),
        ("bulk calls", day.calls, "", f"{day.calls / minutes:,.0f} a minute, budget {where.calls_per_minute}"),
        ("Redis busy at the fullest minute", peak * costs.redis_event * 100, "%", f"{peak:,.0f} events/s"),
    ]
    return [Figure("simulation", f"{name}: {what}", value, unit, note) for what, value, unit, note in found]
