"""An hour without Planhat, on a virtual clock: nothing dies of it, nobody hammers, and then all is made up for."""

import pytest

from planhook.store.budget import CallBudget, Lease
from tests.reliability.conftest import VirtualClock
from tests.workers.conftest import Pipeline, deal
from workers.calls import Calls
from workers.deliverer import Deliverer
from workers.pace import Pace

HOUR_MS = 3_600_000
TASKS, WAVES = 40, 20
CALLS_PER_MINUTE = 60
MOST_CALLS = 90  # six while it waits longer each time, then one a minute, and as many to find who is to blame


def unhurried_deliverer(pipeline: Pipeline) -> Deliverer:
    """One that keeps the budget, but does not spread its writes over real time."""
    lease = Lease(pipeline.redis, "the-deliverer")
    budget = CallBudget(pipeline.redis, CALLS_PER_MINUTE)
    calls = Calls(pipeline.client, budget, lease, pipeline.registers, 120.0, Pace(100_000))
    return Deliverer(calls, pipeline.registers, pipeline.inbox, lease, pipeline.bulk_size)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 401}, {"reset": "before_read"}], ids=str)
def test_an_hours_outage_costs_no_event_and_few_calls(
    pipeline: Pipeline, clock: VirtualClock, fault: dict[str, object]
) -> None:
    deliverer = unhurried_deliverer(pipeline)
    pipeline.planhat.add_fault(times=None, **fault)
    times: list[float] = []

    def work() -> None:
        pipeline.planner().drain(lambda: False)
        before = len(pipeline.planhat.calls())
        deliverer.drain(lambda: False)
        # The real time that passes counts as well, for planhook too.
        times.extend(clock.ms + call["arrived"] * 1000 for call in pipeline.planhat.calls()[before:])

    wave = 0
    while clock.ms < HOUR_MS:
        if clock.ms >= wave * HOUR_MS // WAVES:
            pipeline.accept(
                *(deal("deal.created", wave, number=str(n), name=f"{wave}", amount=wave) for n in range(TASKS))
            )
            wave += 1
        work()
        clock.advance(max(1_000, min(clock.pause_ms(), HOUR_MS // WAVES)))
    in_the_outage = len(times)
    stats = pipeline.journal.stats()

    assert (stats["dead"], stats["applied"]) == (0, 0)
    assert stats["waiting"] >= TASKS  # of each task at least the newest event; what it supersedes has ended
    assert in_the_outage <= MOST_CALLS

    pipeline.planhat.clear_faults()
    for _ in range(100):
        work()
        clock.advance(max(1_000, clock.pause_ms()))
        if not pipeline.journal.stats()["waiting"]:
            break

    stats = pipeline.journal.stats()
    assert (stats["dead"], stats["waiting"]) == (0, 0)
    assert {task["action"] for task in pipeline.tasks()} == {f"{wave - 1}"}
    assert len(pipeline.tasks()) == TASKS
    assert max(sum(moment - 60_000 < one <= moment for one in times) for moment in times) <= CALLS_PER_MINUTE


def test_an_hour_in_which_every_call_is_refused_without_a_reason_ends_nothing(
    pipeline: Pipeline, clock: VirtualClock
) -> None:
    """As by a proxy in between. Each item is answered then, and none is to blame; nor when it is read back."""
    pipeline.process(deal("deal.created", 0, number="old", name="a", amount=1))
    deliverer = unhurried_deliverer(pipeline)
    events = [deal("deal.created", 0, number=str(n), name="a", amount=1) for n in range(4)]
    events += [deal("deal.named", 1, number="old", name="b"), deal("deal.deleted", 1, number="gone")]
    pipeline.planhat.add_fault(times=None, status=400, body="<html>Bad Gateway</html>")
    pipeline.accept(*events)
    while clock.ms < HOUR_MS:
        pipeline.planner().drain(lambda: False)
        deliverer.drain(lambda: False)
        clock.advance(60_000)

    assert pipeline.journal.stats()["dead"] == 0

    pipeline.planhat.clear_faults()
    while pipeline.journal.stats()["waiting"]:
        assert clock.ms < 2 * HOUR_MS
        deliverer.drain(lambda: False)
        clock.advance(60_000)

    assert pipeline.journal.stats()["dead"] == 0
    assert {task["sourceId"]: task["action"] for task in pipeline.tasks()} == {
        "t-old": "b",
        **{f"t-{n}": "a" for n in range(4)},
    }
