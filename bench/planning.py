"""Planning: events a second of one core, of the pure function with few and many rules and of the whole planner."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure
from bench.in_process import context, events, rulebook
from bench.processes import cpu_seconds
from bench.scale import Scale
from bench.sender import LEAST_AMOUNT
from bench.system import RULES
from planhook.core.event import Event
from planhook.core.plan import make_plan
from planhook.core.rule import RuleSet
from workers.context import Context
from workers.planner import BATCH, LEASE_MS

SMALL = 10  # events of a batch as it is under a light load
_RULES = (1, 10, 50)
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning one event in batches of some size took, in seconds."""

    planner: float  # on a processor
    redis: float
    waited: float  # on the clock, both and the disk together


def measure(scale: Scale) -> list[Figure]:
    """Time is that of processors; the best of some rounds, as whatever disturbs makes it longer."""
    figures = [
        Figure("planning", f"make_plan, {count} rule{'s' if count > 1 else ''}", _pure(scale, count), "events/s", note)
        for count, note in zip(_RULES, ("per core", "each listens and has a condition; one holds", ""), strict=True)
    ]
    for size, about in ((BATCH, "as behind a backlog"), (SMALL, "as under a light load")):
        cost = planner_cost(scale, size)
        note = f"{about}; Redis: {cost.redis * 1e6:,.0f} µs an event"
        figures.append(
            Figure("planning", f"the whole planner on Redis, batches of {size}", 1 / cost.planner, "events/s", note)
        )
    return figures


def planner_cost(scale: Scale, size: int) -> Planned:
    """What planning takes for each event when `size` are planned at a time."""
    with context() as (parts, server):
        rounds = []
        for turn in range(_ROUNDS):
            batches = _accepted(parts, f"planned{turn}", scale.planned_events * size // BATCH, size)
            own, theirs, clock = time.process_time(), cpu_seconds(server), time.perf_counter()
            for _ in range(batches):
                parts.planner.plan(parts.inbox.claim(parts.name, size, LEASE_MS))
            count = batches * size
            rounds.append(
                Planned(
                    (time.process_time() - own) / count,
                    (cpu_seconds(server) - theirs) / count,
                    (time.perf_counter() - clock) / count,
                )
            )
        return min(rounds, key=lambda cost: cost.planner)


def _accepted(parts: Context, name: str, count: int, size: int) -> int:
    """Accept events about a fourth as many tasks, and give how many batches they are."""
    batches = max(4, count // size)
    found = events(parts.rulebook, name, batches * size, batches * size // 4)
    for start in range(0, len(found), BATCH):
        parts.inbox.accept(found[start : start + BATCH])
    return batches


def _pure(scale: Scale, count: int) -> float:
    with TemporaryDirectory(prefix="planhook-bench-") as folder:
        _write_rules(Path(folder), count, scale.planned_events)
        rules = rulebook(Path(folder))
        sample = events(rules, "pure", scale.planned_events, scale.planned_events)
        return len(sample) / min(_plan_all(sample, rules.current().rules) for _ in range(_ROUNDS))


def _plan_all(sample: Sequence[Event], rules: RuleSet) -> float:
    began = time.process_time()
    for event in sample:
        make_plan(event, rules)
    return time.process_time() - began


def _write_rules(folder: Path, count: int, sent: int) -> None:
    """The benchmarks' source, and `count` rules of which one holds for each event, by its amount."""
    sources, _, _ = (RULES / "deals.yaml").read_text("utf-8").partition("\nrules:\n")
    bounds = [LEAST_AMOUNT + sent * number // count for number in range(count + 1)]
    rules = "".join(_RULE.format(least=least, most=most) for least, most in pairwise(bounds))
    (folder / "rules.yaml").write_text(f"{sources}\nrules:\n{rules}", "utf-8")


_RULE = """\
  - name: Deals of {least} to {most}
    on: deal.created
    if:
      deal.name: {{starts_with: Deal}}
      deal.amount: {{at_least: {least}, less_than: {most}}}
    then:
      create:
        sourceId: "deal-{{{{ deal.id }}}}"
        companyId: "srcid-{{{{ deal.company_id }}}}"
        action: "Look after {{{{ deal.name }}}}"
        description: "{{{{ deal.amount }}}}"
"""
