"""A task over which Planhat fails as a whole, while others keep coming: it ends dead and holds up nobody for long."""

import itertools

from tests.reliability.conftest import VirtualClock
from tests.workers.conftest import Pipeline, deal

FEED = 15  # tasks that come with each round
MOST_ROUNDS = 120


def test_poison_is_found_however_many_others_come(pipeline: Pipeline, clock: VirtualClock) -> None:
    pipeline.planhat.add_fault(method="PUT", path="^/tasks", sourceId="t-bad", times=None, status=500)
    bad = deal("deal.created", 0, number="bad", name="bad", amount=1)
    pipeline.accept(bad)
    numbers = itertools.count()
    rounds = 0

    while pipeline.status(bad)[0] == "waiting":
        rounds += 1
        assert rounds <= MOST_ROUNDS, pipeline.journal.stats()
        ends = iter([False])
        pipeline.accept(*(deal("deal.created", 0, number=f"g{next(numbers)}", name="x", amount=1) for _ in range(FEED)))
        pipeline.planner().drain(lambda: False)
        pipeline.same_deliverer.drain(lambda ends=ends: next(ends, True))  # type: ignore[misc]
        clock.advance(210)

    status, reason = pipeline.status(bad)
    assert (status, "5 times" in reason) == ("dead", True)
    stats = pipeline.journal.stats()
    assert stats["dead"] == 1
    assert stats["waiting"] <= 6 * FEED  # those that shared a write with it most recently
