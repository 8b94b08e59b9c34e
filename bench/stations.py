"""The way of events through web, planners and the one deliverer, on a virtual clock. No I/O.

Each station is a queue fed by the one before. Simplified: every event is an item of a bulk write of its own (in
truth later events of a task that waits share its item), planners never meet at one task, and Redis serves one
after the other.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.costs import Costs
from bench.day import DAY_S, Cohort, Day, Queue
from workers.calls import GATHER_POLL_S
from workers.deliverer import BACKLOG, MOST_GATHERED
from workers.deliverer import GATHER_S as BACKLOG_S
from workers.pace import Pace
from workers.planner import BATCH, FEW, GATHER_S

_TICK_S = 0.001  # late on a day a billionth of a second is no step forward


@dataclass(frozen=True, slots=True)
class Installation:
    """`web` and `workers` count processes with a core each. A bulk call takes `call_s`, and `item_s` for each item.

    `away` is from when until when Planhat does not answer.
    """

    web: int
    workers: int
    bulk_size: int
    calls_per_minute: int = 180
    call_s: float = 0.2
    item_s: float = 0.001
    away: tuple[float, float] = (DAY_S, DAY_S)


def simulate(came: Iterator[Cohort], costs: Costs, where: Installation) -> Day:
    """Let everything that `came` pass through, until the last of it is in Planhat."""
    day = Day()
    _deliver(_plan(_accept(came, costs, where, day), costs, where), costs, where, day)
    return day


def _accept(came: Iterator[Cohort], costs: Costs, where: Installation, day: Day) -> Iterator[Cohort]:
    # No faster than Redis can do all the work for an event: it would only queue behind.
    each = max(costs.web / where.web, costs.redis_event)
    free = 0.0
    for cohort in came:
        day.came[int(cohort.arrived)] += cohort.count
        free = max(free, cohort.arrived) + cohort.count * each
        yield replace(cohort, ready=free)


def _plan(accepted: Iterator[Cohort], costs: Costs, where: Installation) -> Iterator[Cohort]:
    queue = Queue(accepted)
    planners = [0.0] * where.workers  # when each is free
    redis_free = 0.0
    while (first := queue.first()) is not None:
        start = max(first, planners[0])
        queue.fill(start)
        batch = queue.take(BATCH)
        count = sum(cohort.count for cohort in batch)
        planned = start + costs.planner_batch + count * costs.planner_event
        redis_free = ready = max(planned, redis_free) + count * costs.redis_plan
        heapq.heapreplace(planners, ready + (GATHER_S if count < FEW else 0.0))
        queue.fill(ready)
        for cohort in batch:
            yield replace(cohort, ready=ready, behind=queue.count)


def _deliver(planned: Iterator[Cohort], costs: Costs, where: Installation, day: Day) -> None:
    queue, now = Queue(planned), 0.0
    pace = Pace(where.calls_per_minute, clock=lambda: now)
    leaves, returns = where.away
    while (first := queue.first()) is not None:
        now = max(now, first)
        if leaves <= now < returns:
            now = returns
        queue.fill(now)
        if queue.behind > BACKLOG:
            now = _gather(queue, now, MOST_GATHERED * where.bulk_size)
        while (wait := pace.wait()) and (wait := pace.wait(is_full=queue.count >= where.bulk_size)):
            now += max(_TICK_S, min(wait, GATHER_POLL_S))
            queue.fill(now)
        batch = queue.take(where.bulk_size)
        count = sum(cohort.count for cohort in batch)
        pace.count()
        day.calls += 1
        now += where.call_s + count * (where.item_s + costs.deliver_item + costs.redis_deliver)
        for cohort in batch:
            day.end(cohort, now)


def _gather(queue: Queue, now: float, enough: int) -> float:
    """When the backlog is planned, `enough` events are due, or it was waited for long enough."""
    end = now + BACKLOG_S
    while queue.behind and queue.count < enough and (coming := queue.coming()) is not None:
        if coming > end:
            return end
        now = max(now, coming)
        queue.fill(now)
    return now
